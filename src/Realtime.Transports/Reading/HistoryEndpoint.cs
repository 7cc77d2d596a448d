using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Realtime.Channels;
using Realtime.Stores;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Reading;

/// <summary><c>GET /api/channels/{channel}/messages</c>: any part of what is retained.</summary>
internal sealed class HistoryEndpoint(IMessageStore store, CallerAuthenticator authenticator)
{
    internal async Task ReadAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var channel = PublishEndpoints.RouteChannel(context);
        var place = HistoryPlace.Parse(context.Request.Query);
        var limit = ReadRequest.ParseLimit(context.Request.Query["limit"]);
        ReadRequest.RequireRead(caller, channel);
        JsonAnswer.ForbidStoring(context);

        // One address with one answer for each state of the log: the state is all that a validator has to name. Where messages can be deleted,
        // it names how many of the page are, too: deletions change no state, and can't be undone.
        var deletes = ChannelRules.MayDelete(channel);
        var state = await store.GetStateAsync(channel, context.RequestAborted);
        if (!deletes && AnswerUnchanged(context, ETag(state)))
            return;
        var (after, count) = await place.RangeAsync(store, channel, state, limit, context.RequestAborted);
        var page = count == 0
            ? new MessagePage(state, [])
            : await store.ReadAsync(channel, after, count, context.RequestAborted);
        if (deletes && AnswerUnchanged(context, ETag(page)))
            return;
        var gap = place.After is { } asked ? Gap.Between(channel, new Position(page.State.Epoch, asked), page.State) : null;
        context.Response.Headers.ETag = deletes ? ETag(page) : ETag(page.State);
        await JsonAnswer.WriteAsync(context, (channel, page, gap), static (json, answer) => Write(json, answer.channel, answer.page, answer.gap));
    }

    private static string ETag(ChannelState state) => string.Create(CultureInfo.InvariantCulture, $"\"{state.Epoch}-{state.First}-{state.Head}\"");

    private static string ETag(MessagePage page) => string.Create(
        CultureInfo.InvariantCulture, $"{ETag(page.State)[..^1]}-{page.Messages.Count(message => message.Type == Message.DeletedType)}\"");

    private static bool AnswerUnchanged(HttpContext context, string etag)
    {
        if (!IsUnchanged(context.Request, etag))
            return false;
        context.Response.Headers.ETag = etag;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private static bool IsUnchanged(HttpRequest request, string etag) =>
        request.Headers.IfNoneMatch is { Count: > 0 } header
        && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(tag => tag.Tag == "*" || tag.Tag == etag);

    internal static void Write(Utf8JsonWriter json, ChannelName channel, MessagePage page, Gap? gap)
    {
        json.WriteStartObject();
        json.WriteString("channel"u8, channel.Value);
        json.WriteString("epoch"u8, page.State.Epoch.ToString());
        json.WriteNumber("first"u8, page.State.First);
        json.WriteNumber("head"u8, page.State.Head);
        json.WriteStartArray("messages"u8);
        foreach (var message in page.Messages)
            json.WriteRawValue(message.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        if (gap is not null)
        {
            json.WritePropertyName("gap"u8);
            GapJson.Write(json, gap);
        }

        json.WriteEndObject();
    }
}

/// <summary>Which part of the history is asked for; with none of the three, the newest page.</summary>
internal sealed record HistoryPlace(long? After, long? Before, DateTimeOffset? Since)
{
    internal static HistoryPlace Parse(IQueryCollection query)
    {
        var place = new HistoryPlace(Offset(query, "after"), Offset(query, "before"), Time(query["since"]));
        var asked = (place.After is null ? 0 : 1) + (place.Before is null ? 0 : 1) + (place.Since is null ? 0 : 1);
        return asked <= 1 ? place : throw new ProblemException(Problem.InvalidRequest("Only one of after, before and since can be asked for."));
    }

    /// <summary>The offset to read after, and how many messages.</summary>
    internal async ValueTask<(long After, int Count)> RangeAsync(
        IMessageStore store, ChannelName channel, ChannelState state, int limit, CancellationToken cancellationToken)
    {
        if (After is { } after)
            return (after, limit);
        if (Since is { } since)
            return (await store.FindOffsetAsync(channel, since, cancellationToken) - 1, limit);
        // The page before an offset is the page after another, because offsets have no holes.
        var end = Math.Clamp(Before ?? long.MaxValue, state.First, state.Head + 1);
        var start = Math.Max(state.First - 1, end - 1 - limit);
        return (start, (int)(end - 1 - start));
    }

    internal static long? Offset(IQueryCollection query, string field)
    {
        if (!query.TryGetValue(field, out var text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new ProblemException(Problem.InvalidField(field, "an offset: a whole number from 0"));
    }

    private static DateTimeOffset? Time(string? text)
    {
        if (text is null)
            return null;
        return MessageTime.TryParse(text, out var time)
            ? time
            : throw new ProblemException(Problem.InvalidField("since", "a time such as 2026-11-23T08:00:00.123Z"));
    }
}
