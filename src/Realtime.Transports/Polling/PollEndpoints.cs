using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Polling;

/// <summary>Long and short polling: one call, held or answered at once.</summary>
internal sealed class PollEndpoints(PollReader reader, CallerAuthenticator authenticator, DeliveryOptions options, RealtimeMetrics metrics, TimeProvider time)
{
    /// <summary>When the server would like to see a short poller again.</summary>
    private static readonly TimeSpan PollAfter = TimeSpan.FromSeconds(1);

    internal static void Map(IEndpointRouteBuilder endpoints)
    {
        var self = endpoints.ServiceProvider.GetRequiredService<PollEndpoints>();
        endpoints.MapApi("/api/poll", (HttpMethods.Get, self.PollAsync), (HttpMethods.Post, self.PollAsync));
    }

    private async Task PollAsync(HttpContext context)
    {
        var request = await ParseAsync(context);
        var isShort = request.Wait == TimeSpan.Zero;
        var polling = reader.PollAsync(request, context.RequestAborted);
        // Nothing of the request is needed while it is held.
        request = null;
        if (!polling.IsCompleted)
            HeldRequest.LetGo(context);
        var result = await polling;
        metrics.Polled(isShort ? TransportNames.ShortPoll : TransportNames.LongPoll, empty: !result.IsNews);
        await WriteAsync(context, result, isShort);
    }

    private async ValueTask<PollRequest> ParseAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var request = await ReadRequest.ParseAsync(context, caller, options);
        JsonAnswer.ForbidStoring(context);
        if (request.WaitWasPreferred)
            ReadRequest.ApplyPreference(context, request.Wait);

        // A connection lives no longer than the token behind it, and so does a poll that is held.
        var left = caller.ExpiresAt - time.GetUtcNow();
        var wait = request.Wait < left ? request.Wait : TimeSpan.FromTicks(Math.Max(0, left.Ticks));
        return new PollRequest(request.Channels, request.Start, request.Limit, wait)
        {
            User = caller.User,
            Transport = request.Wait == TimeSpan.Zero ? TransportNames.ShortPoll : TransportNames.LongPoll,
        };
    }

    private Task WriteAsync(HttpContext context, PollResult result, bool isShort)
    {
        var drainAfter = result.IsDraining ? options.MaxDrainDelay * Random.Shared.NextDouble() : default(TimeSpan?);
        if (!result.IsNews)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            if (drainAfter is not null || isShort)
                context.Response.Headers.RetryAfter = Math.Ceiling((drainAfter ?? PollAfter).TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        }

        var pollAfter = drainAfter ?? (result.HasMore ? TimeSpan.Zero : isShort ? PollAfter : default(TimeSpan?));
        return JsonAnswer.WriteAsync(context, (result, pollAfter), static (json, answer) => Write(json, answer.result, answer.pollAfter));
    }

    private static void Write(Utf8JsonWriter json, PollResult result, TimeSpan? pollAfter)
    {
        json.WriteStartObject();
        json.WriteString("cursor"u8, result.Cursor);
        json.WriteStartArray("messages"u8);
        foreach (var message in result.Messages)
            json.WriteRawValue(message.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        if (result.Signals.Count > 0)
        {
            json.WriteStartArray("signals"u8);
            foreach (var signal in result.Signals)
                json.WriteRawValue(signal.Json.Span, skipInputValidation: true);
            json.WriteEndArray();
        }

        if (result.Gaps.Count > 0)
        {
            json.WriteStartArray("gaps"u8);
            foreach (var gap in result.Gaps)
                GapJson.Write(json, gap);
            json.WriteEndArray();
        }

        if (pollAfter is { } after)
            json.WriteNumber("pollAfter"u8, (long)after.TotalMilliseconds);
        json.WriteEndObject();
    }
}
