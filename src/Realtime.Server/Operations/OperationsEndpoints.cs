using System.Text.Json;
using Realtime.Channels;
using Realtime.Diagnostics;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;

namespace Realtime.Server.Operations;

/// <summary>What operators and their tools ask: is it alive, can it serve, what does it hold.</summary>
internal static partial class OperationsEndpoints
{
    /// <summary>The most channels in <c>/api/stats</c>: those with the highest heads.</summary>
    private const int MaxChannels = 100;

    private static readonly ChannelName Probe = ChannelName.Parse("readyz");
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    internal static void MapOperations(this WebApplication app)
    {
        app.MapGet("/healthz", static context => context.Response.WriteAsync("ok"));
        app.MapGet("/readyz", ReadyAsync);
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGet("/openapi/v1.json", static context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.SendFileAsync(Path.Combine(AppContext.BaseDirectory, "openapi.json"));
        });
        app.MapApi("/api/stats", HttpMethods.Get, StatsAsync);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var store = context.RequestServices.GetRequiredService<IMessageStore>();
        var reachable = true;
        try
        {
            await store.GetStateAsync(Probe, context.RequestAborted).AsTask().WaitAsync(ProbeTimeout, context.RequestAborted);
        }
        catch (Exception e) when (e is RealtimeException or TimeoutException)
        {
            LogNotReady(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OperationsEndpoints)), e);
            reachable = false;
        }

        context.Response.StatusCode = reachable ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsJsonAsync(
            new
            {
                status = reachable ? "ready" : "unavailable",
                store = reachable ? "ready" : "unreachable",
                backbone = "ready",
            },
            context.RequestAborted);
    }

    private static async Task StatsAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var caller = await services.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, CredentialSources.Bearer);
        var logs = services.GetRequiredService<ChannelLogs>();
        var sessions = services.GetRequiredService<SessionRegistry>();
        var lags = sessions.All.Select(session => session.Lag).ToList();
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            new
            {
                sessions = services.GetRequiredService<RealtimeMetrics>().OpenConnections,
                lag = new { total = lags.Sum(), max = lags.DefaultIfEmpty().Max(), behind = lags.Count(lag => lag > 0) },
                memory = new { channelLogs = logs.Count, tailBytes = logs.TailBytes },
                channels = logs.All
                    .Where(log => caller.MayRead(log.Name))
                    .Select(log => (log.Name, log.State))
                    .OrderByDescending(log => log.State.Head)
                    .Take(MaxChannels)
                    .Select(log => new { channel = log.Name.Value, epoch = log.State.Epoch.ToString(), first = log.State.First, head = log.State.Head }),
            },
            JsonSerializerOptions.Web,
            context.RequestAborted);
    }

    [LoggerMessage(5001, LogLevel.Warning, "The message store can't be reached.", EventName = "NotReady")]
    private static partial void LogNotReady(ILogger logger, Exception exception);
}
