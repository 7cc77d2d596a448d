using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Reading;

/// <summary>What a reader asks for, from a query or a JSON body, checked. Every refusal is a <see cref="ProblemException"/>.</summary>
/// <param name="Channels">Distinct, authorised channels.</param>
/// <param name="Start">Where to begin.</param>
/// <param name="Limit">The most messages of an answer, 1–<see cref="MaxLimit"/>.</param>
/// <param name="Wait">How long to wait, 0–<see cref="MaxWait"/>.</param>
/// <param name="WaitWasPreferred">Whether it came from a <c>Prefer</c> header.</param>
internal sealed record ReadRequest(IReadOnlyList<ChannelName> Channels, ReadStart Start, int Limit, TimeSpan Wait, bool WaitWasPreferred)
{
    internal const int DefaultLimit = 100;
    internal const int MaxLimit = 1000;

    /// <summary>Below the 60 s after which common proxies give up on an answer.</summary>
    internal static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(55);

    /// <summary>The body of a POST: 256 names of 128 characters and a cursor take less than half.</summary>
    private const int MaxBodyBytes = 128 * 1024;

    /// <summary>Reads the request of a caller.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who reads.</param>
    /// <param name="options">The limit on channels.</param>
    /// <param name="channelsRequired">Whether reading no channel is refused.</param>
    internal static async ValueTask<ReadRequest> ParseAsync(HttpContext context, Caller caller, DeliveryOptions options, bool channelsRequired = true)
    {
        var fields = HttpMethods.IsPost(context.Request.Method) ? await FromBodyAsync(context, options) : FromQuery(context.Request);
        var (wait, preferred) = ParseWait(fields.Wait, context.Request);
        return new ReadRequest(
            ParseChannels(fields.Channels, caller, options, channelsRequired), ParseStart(fields.Cursor), ParseLimit(fields.Limit), wait, preferred);
    }

    /// <summary>Checks names, rights and number of channels.</summary>
    internal static List<ChannelName> ParseChannels(IReadOnlyList<string> names, Caller caller, DeliveryOptions options, bool required = true)
    {
        if (required && names.Count == 0)
            throw new ProblemException(Problem.InvalidField("channels", $"1–{options.MaxChannelsPerReader} channel names"));
        var channels = new List<ChannelName>(names.Count);
        var seen = names.Count > 1 ? new HashSet<ChannelName>(names.Count) : null;
        foreach (var name in names)
        {
            var channel = PublishParser.Channel("channels", name);
            if (seen?.Add(channel) == false)
                continue;
            RequireRead(caller, channel);
            channels.Add(channel);
        }

        return channels.Count <= options.MaxChannelsPerReader ? channels : throw TooManyChannels(options);
    }

    internal static void RequireRead(Caller caller, ChannelName channel)
    {
        if (!caller.MayRead(channel))
            throw new ProblemException(Problem.Forbidden($"You may not read {channel}."));
    }

    internal static ProblemException TooManyChannels(DeliveryOptions options) =>
        new(Problem.InvalidField("channels", $"at most {options.MaxChannelsPerReader} channels for one reader"));

    internal static ReadStart ParseStart(string? cursor) =>
        ReadStart.TryParse(cursor, out var start)
            ? start
            : throw new ProblemException(Problem.InvalidCursor("cursor must be 'latest', 'earliest' or a cursor that this server gave, whole and unchanged."));

    /// <summary>A positive whole number, cut down to <see cref="MaxLimit"/>.</summary>
    internal static int ParseLimit(string? text)
    {
        if (text is null)
            return DefaultLimit;
        return double.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) && limit >= 1
            ? (int)Math.Min(limit, MaxLimit)
            : throw new ProblemException(Problem.InvalidField("limit", $"a whole number from 1; above {MaxLimit} it is cut down"));
    }

    /// <summary>Says that a wait was taken from a <c>Prefer</c> header (RFC 7240).</summary>
    internal static void ApplyPreference(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0.###}");
        context.Response.Headers.Vary = "Prefer";
    }

    /// <summary>A number of seconds, cut down to <see cref="MaxWait"/>, and whether it is a preference.</summary>
    internal static (TimeSpan Wait, bool Preferred) ParseWait(string? text, HttpRequest request)
    {
        var preferred = false;
        if (text is null && PreferredWait(request) is { } preference)
        {
            text = preference;
            preferred = true;
        }

        if (text is null)
            return (TimeSpan.Zero, false);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0
            ? (TimeSpan.FromSeconds(Math.Min(seconds, MaxWait.TotalSeconds)), preferred)
            : throw new ProblemException(Problem.InvalidField("wait", $"a number of seconds from 0; above {MaxWait.TotalSeconds} it is cut down"));
    }

    // RFC 7240: Prefer: wait=25, perhaps among other preferences.
    private static string? PreferredWait(HttpRequest request)
    {
        foreach (var header in request.Headers["Prefer"])
        {
            foreach (var preference in (header ?? "").Split([',', ';'], StringSplitOptions.TrimEntries))
            {
                var parts = preference.Split('=', 2, StringSplitOptions.TrimEntries);
                if (parts.Length == 2 && parts[0].Equals("wait", StringComparison.OrdinalIgnoreCase))
                    return parts[1].Trim('"');
            }
        }

        return null;
    }

    private static Fields FromQuery(HttpRequest request)
    {
        var query = request.Query;
        var channels = new List<string>();
        foreach (var list in query["channels"])
            channels.AddRange((list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        return new Fields(channels, query["cursor"], query["limit"], query["wait"]);
    }

    private static async ValueTask<Fields> FromBodyAsync(HttpContext context, DeliveryOptions options)
    {
        using var body = await JsonBody.ReadAsync(context, MaxBodyBytes);
        var root = body.Root.RequireObject();
        var channels = root.OptionalStrings("channels", int.MaxValue) ?? [];
        // Before any name is looked at: a list this long is wrong whatever it holds.
        if (channels.Length > 2 * options.MaxChannelsPerReader)
            throw TooManyChannels(options);
        return new Fields(channels, root.OptionalString("cursor"), Number(root, "limit"), Number(root, "wait"));
    }

    private static string? Number(JsonElement root, string field) =>
        root.TryGetField(field, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : null;

    private readonly record struct Fields(IReadOnlyList<string> Channels, string? Cursor, string? Limit, string? Wait);
}
