using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Consumers;

/// <summary>Reading a channel at one's own pace: consumers whose place the server keeps, fetches that commit nothing, and the inbox.</summary>
internal sealed class ConsumerEndpoints(
    IConsumerStore consumers, IMessageStore store, PollReader reader, CallerAuthenticator authenticator, TimeProvider time)
{
    /// <summary>The most consumers of a channel that are shared; read markers are not among them.</summary>
    private const int MaxPerChannel = 1_000;

    private const int MaxBodyBytes = 4 * 1024;

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApi(
            "/api/channels/{channel}/consumers/{consumer}", (HttpMethods.Get, ReadAsync), (HttpMethods.Put, CommitAsync), (HttpMethods.Delete, RemoveAsync));
        endpoints.MapApi("/api/channels/{channel}/consumers/{consumer}/messages", HttpMethods.Get, FetchAsync);
        endpoints.MapApi("/api/inbox", HttpMethods.Get, InboxAsync);
    }

    private async Task ReadAsync(HttpContext context)
    {
        var (_, consumer) = await ConsumerAsync(context);
        var state = await store.GetStateAsync(consumer.Channel, context.RequestAborted);
        await AnswerAsync(context, consumer, state, await consumers.FindAsync(consumer, context.RequestAborted));
    }

    private async Task CommitAsync(HttpContext context)
    {
        var (_, consumer) = await ConsumerAsync(context);
        var state = await store.GetStateAsync(consumer.Channel, context.RequestAborted);
        Position position;
        using (var body = await JsonBody.ReadAsync(context, MaxBodyBytes))
            position = new Position(state.Epoch, await OffsetAsync(body.Root.RequireObject(), consumer.Channel, state, context.RequestAborted));
        if (!await consumers.CommitAsync(consumer, position, time.GetUtcNow(), MaxPerChannel, context.RequestAborted))
            throw new ProblemException(Problem.InvalidField("consumer", $"one of at most {MaxPerChannel} of a channel; delete one that is no longer used"));
        await AnswerAsync(context, consumer, state, position);
    }

    private async Task RemoveAsync(HttpContext context)
    {
        var (_, consumer) = await ConsumerAsync(context);
        if (!await consumers.RemoveAsync(consumer, context.RequestAborted))
            throw new ProblemException(Problem.NotFound($"{consumer.Channel} has no consumer '{consumer.Name}'."));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task FetchAsync(HttpContext context)
    {
        var (caller, consumer) = await ConsumerAsync(context);
        var query = context.Request.Query;
        var limit = ReadRequest.ParseLimit(query["limit"]);
        var (wait, preferred) = ReadRequest.ParseWait(query["wait"], context.Request);
        if (preferred)
            ReadRequest.ApplyPreference(context, wait);
        var minBytes = MinBytes(query["minBytes"]);
        var after = HistoryPlace.Offset(query, "after");
        JsonAnswer.ForbidStoring(context);

        var start = after is { } asked
            ? ReadStart.After(asked)
            : await consumers.FindAsync(consumer, context.RequestAborted) is { } committed
                ? ReadStart.At(consumer.Channel, committed)
                : ReadStart.After(0);
        // A fetch that is held lives no longer than the token behind it.
        var left = caller.ExpiresAt - time.GetUtcNow();
        var request = new PollRequest([consumer.Channel], start, limit, wait < left ? wait : left)
        {
            MinBytes = minBytes,
            WantsSignals = false,
        };
        var result = await reader.PollAsync(request, context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context,
            (consumer.Channel, Page: new MessagePage(result.States[0], WithoutHole(result.Messages)), Gap: GapBefore(result)),
            static (json, answer) => HistoryEndpoint.Write(json, answer.Channel, answer.Page, answer.Gap));
    }

    /// <summary>A page tells one gap, before its messages; what was trimmed in the middle of the page is told by the next.</summary>
    private static IReadOnlyList<Message> WithoutHole(IReadOnlyList<Message> messages)
    {
        var count = Math.Min(1, messages.Count);
        while (count < messages.Count && messages[count].Offset == messages[count - 1].Offset + 1)
            count++;
        return count == messages.Count ? messages : [.. messages.Take(count)];
    }

    private static Gap? GapBefore(PollResult result)
    {
        var gaps = result.Gaps.Where(gap => result.Messages.Count == 0 || gap.First <= result.Messages[0].Offset).ToList();
        return gaps.Count == 0 ? null : gaps[0] with { First = gaps[^1].First, Head = gaps[^1].Head };
    }

    private async Task InboxAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var limit = ReadRequest.ParseLimit(context.Request.Query["limit"]);
        JsonAnswer.ForbidStoring(context);
        // What the caller may no longer read is left out.
        var marked = (await consumers.ListAsync(caller.User, limit, context.RequestAborted)).Where(one => caller.MayRead(one.Channel)).ToList();
        IReadOnlyList<ChannelState> states = marked.Count == 0 ? [] : await store.GetStatesAsync(marked.ConvertAll(one => one.Channel), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, (marked, states), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("channels"u8);
            for (var i = 0; i < answer.marked.Count; i++)
            {
                var offset = OffsetOf(answer.marked[i].Marker, answer.states[i]);
                json.WriteStartObject();
                json.WriteString("channel"u8, answer.marked[i].Channel.Value);
                json.WriteNumber("head"u8, answer.states[i].Head);
                json.WriteNumber("offset"u8, offset);
                json.WriteNumber("unread"u8, answer.states[i].Head - offset);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async ValueTask<(Caller Caller, ConsumerKey Consumer)> ConsumerAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var channel = PublishEndpoints.RouteChannel(context);
        var name = (string)context.Request.RouteValues["consumer"]!;
        if (!NameAlphabet.IsId(name))
            throw new ProblemException(Problem.InvalidField("consumer", $"1–{NameAlphabet.MaxIdLength} characters of A–Z a–z 0–9 . _ : ~ @ -"));
        ReadRequest.RequireRead(caller, channel);
        return (caller, ConsumerKey.Of(channel, name, caller.User));
    }

    private async ValueTask<long> OffsetAsync(JsonElement body, ChannelName channel, ChannelState state, CancellationToken cancellationToken)
    {
        var offset = body.OptionalInteger("offset", 0, state.Head);
        var seek = body.OptionalString("seek");
        return (offset, seek) switch
        {
            ({ } given, null) => given,
            (null, "earliest") => state.First - 1,
            (null, "latest") => state.Head,
            (null, { } text) when MessageTime.TryParse(text, out var since) => await store.FindOffsetAsync(channel, since, cancellationToken) - 1,
            (null, not null) => throw new ProblemException(Problem.InvalidField("seek", "'earliest', 'latest' or a time such as 2026-11-23T08:00:00.123Z")),
            _ => throw new ProblemException(Problem.InvalidRequest("One of offset and seek must be given, and only one.")),
        };
    }

    private static Task AnswerAsync(HttpContext context, ConsumerKey consumer, ChannelState state, Position? position)
    {
        JsonAnswer.ForbidStoring(context);
        return JsonAnswer.WriteAsync(context, (consumer.Name, state, Offset: OffsetOf(position, state)), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("consumer"u8, answer.Name);
            json.WriteNumber("offset"u8, answer.Offset);
            json.WriteNumber("head"u8, answer.state.Head);
            json.WriteNumber("lag"u8, answer.state.Head - answer.Offset);
            json.WriteEndObject();
        });
    }

    /// <summary>A place in a life of the log that is over says nothing about the present one.</summary>
    private static long OffsetOf(Position? position, ChannelState state) =>
        position is { } known && known.Epoch == state.Epoch ? Math.Min(known.Offset, state.Head) : 0;

    private static int MinBytes(string? text)
    {
        if (text is null)
            return 1;
        return double.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bytes) && bytes >= 1
            ? (int)Math.Min(bytes, PollReader.MaxAnswerBytes)
            : throw new ProblemException(Problem.InvalidField("minBytes", $"a whole number from 1; above {PollReader.MaxAnswerBytes} it is cut down"));
    }
}
