using Microsoft.AspNetCore.SignalR;

namespace Realtime.Bench.Peer;

/// <summary>
/// The baseline: SignalR as people use it without this project. A hub, a group for each channel, an endpoint that sends to the group;
/// nothing is stored, numbered, resumed or authenticated.
/// </summary>
internal static class PeerServer
{
    /// <summary>The hidden command that runs it.</summary>
    public const string Command = "peer-signalr";

    /// <summary>Runs until the process is ended; the address comes from the environment (<c>Urls</c>).</summary>
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder();
        // As in the appsettings.json of every template.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSignalR();
        await using var app = builder.Build();
        app.MapHub<PeerHub>("/hub");
        app.MapGet("/readyz", () => "ready");
        app.MapPost("/publish", async (PeerBatch batch, IHubContext<PeerHub> hub) =>
        {
            foreach (var message in batch.Messages)
                await hub.Clients.Group(message.Channel).SendAsync("message", message);
            return Results.Ok();
        });
        await app.RunAsync(cancellationToken);
    }
}
