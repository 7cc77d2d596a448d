using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Publishing;

/// <summary>The HTTP calls that publish.</summary>
internal sealed class PublishEndpoints(Publisher publisher, PublishParser parser, CallerAuthenticator authenticator)
{
    /// <summary>The most messages of a batch and the most channels of a broadcast.</summary>
    private const int MaxBatch = 1000;

    internal static void Map(IEndpointRouteBuilder endpoints)
    {
        var self = endpoints.ServiceProvider.GetRequiredService<PublishEndpoints>();
        endpoints.MapApi("/api/publish", HttpMethods.Post, self.PublishBatchAsync);
        endpoints.MapApi("/api/broadcast", HttpMethods.Post, self.BroadcastAsync);
        endpoints.MapApi("/api/channels/{channel}/signals", HttpMethods.Post, self.SignalAsync);
    }

    /// <summary><c>POST /api/channels/{channel}/messages</c>; its <c>GET</c> is history.</summary>
    internal async Task PublishAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        await AnswerAsync(context, caller, RouteChannel(context));
    }

    /// <summary>Publishes the body of a request in a channel, and answers.</summary>
    internal async Task AnswerAsync(HttpContext context, Caller caller, ChannelName channel)
    {
        PublishRequest request;
        using (var body = await JsonBody.ReadAsync(context, parser.MaxBytes))
            request = parser.Message(caller, channel, body.Root, context.Request.Headers["Idempotency-Key"]);
        var result = await publisher.PublishAsync(request);
        if (PublishAnswer.ProblemOf(request, result) is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }

        context.Response.StatusCode = result.Outcome == PublishOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await JsonAnswer.WriteAsync(context, result, static (json, result) =>
        {
            json.WriteStartObject();
            PublishAnswer.WriteMembers(json, result);
            json.WriteEndObject();
        });
    }

    private async Task SignalAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var channel = RouteChannel(context);
        using (var body = await JsonBody.ReadAsync(context, parser.MaxBytes))
            publisher.Signal(parser.Signal(caller, channel, body.Root));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task PublishBatchAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var batch = new PublishBatch(publisher);
        using (var body = await JsonBody.ReadAsync(context, parser.MaxBatchBytes))
        {
            foreach (var message in List(body.Root, "messages"))
                batch.Add(() => parser.Message(caller, PublishParser.Channel("channel", message.RequireObject().OptionalString("channel")), message));
        }

        await batch.AnswerAsync(context);
    }

    private async Task BroadcastAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var batch = new PublishBatch(publisher);
        using (var body = await JsonBody.ReadAsync(context, parser.MaxBatchBytes))
        {
            var count = List(body.Root, "channels").Count();
            var names = body.Root.OptionalStrings("channels", count)!;
            for (var i = 0; i < count; i++)
            {
                var (name, place) = (names[i], $"channels[{i}]");
                batch.Add(() => parser.Message(caller, PublishParser.Channel(place, name), body.Root));
            }
        }

        await batch.AnswerAsync(context);
    }

    private static JsonElement.ArrayEnumerator List(JsonElement body, string field)
    {
        if (!body.RequireObject().TryGetField(field, out var list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MaxBatch)
            throw new ProblemException(Problem.InvalidField(field, $"a list of 1–{MaxBatch}"));
        return list.EnumerateArray();
    }

    internal static ChannelName RouteChannel(HttpContext context) =>
        PublishParser.Channel("channel", (string?)context.Request.RouteValues["channel"]);
}
