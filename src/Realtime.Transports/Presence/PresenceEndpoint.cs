using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Channels;
using Realtime.Presence;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Presence;

/// <summary><c>GET /api/channels/{channel}/presence</c>: who is there.</summary>
internal sealed class PresenceEndpoint(PresenceRegistry registry, CallerAuthenticator authenticator)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    internal static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapApi("/api/channels/{channel}/presence", HttpMethods.Get, endpoints.ServiceProvider.GetRequiredService<PresenceEndpoint>().ReadAsync);

    private async Task ReadAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var channel = PublishEndpoints.RouteChannel(context);
        var limit = ReadRequest.ParseLimit(context.Request.Query["limit"]);
        ReadRequest.RequireRead(caller, channel);
        // An empty list would say that nobody is there, which nobody knows.
        if (!registry.Covers(channel))
            throw new ProblemException(Problem.NotFound($"Who is in {channel} is not kept."));
        JsonAnswer.ForbidStoring(context);
        var list = await registry.ReadAsync(channel, limit, context.RequestAborted)
            ?? throw new ProblemException(Problem.Overloaded("The server follows as many channels as it can.", RetryAfter));
        await JsonAnswer.WriteAsync(context, list, Write);
    }

    private static void Write(Utf8JsonWriter json, PresenceList list)
    {
        json.WriteStartObject();
        json.WriteString("channel"u8, list.Channel.Value);
        json.WriteNumber("count"u8, list.Count);
        json.WriteStartArray("users"u8);
        foreach (var user in list.Users)
        {
            json.WriteStartObject();
            json.WriteString("user"u8, user.User);
            json.WriteString("since"u8, MessageTime.ToText(user.Since));
            json.WriteStartArray("transports"u8);
            foreach (var transport in user.Transports)
                json.WriteStringValue(transport);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
