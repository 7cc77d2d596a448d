using System.Text.Json;
using Realtime.Backbones;
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
        app.MapApi("/api/nodes", HttpMethods.Get, NodesAsync);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var store = services.GetRequiredService<IMessageStore>();
        var reachable = true;
        try
        {
            await store.GetStateAsync(Probe, context.RequestAborted).AsTask().WaitAsync(ProbeTimeout, context.RequestAborted);
        }
        catch (Exception e) when (e is RealtimeException or TimeoutException)
        {
            LogNotReady(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OperationsEndpoints)), e);
            reachable = false;
        }

        var backbone = BackboneState(services.GetRequiredService<NodeReporter>().Current);
        context.Response.StatusCode = reachable ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsJsonAsync(
            new
            {
                status = !reachable ? "unavailable" : backbone == "ready" ? "ready" : "degraded",
                store = reachable ? "ready" : "unreachable",
                backbone,
            },
            context.RequestAborted);
    }

    /// <summary>While it is anything but ready, this node serves its readers all the same: it pulls what the others publish.</summary>
    private static string BackboneState(NodeStatus node) => node switch
    {
        { Connected: false } => "unreachable",
        { Blocked: true } => "blocked",
        { Refusing: true } => "refusing",
        { Pulling: true } => "pulling",
        _ => "ready",
    };

    private static async Task NodesAsync(HttpContext context)
    {
        var services = context.RequestServices;
        await services.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, CredentialSources.Bearer);
        var others = services.GetRequiredService<NodeDirectory>().All;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            new
            {
                backbone = services.GetRequiredService<IBackbone>().Kind,
                nodes = others.Select(node => new { isSelf = false, isSilent = node.IsSilent, ageMs = (long)node.Age.TotalMilliseconds, status = node.Status })
                    .Prepend(new { isSelf = true, isSilent = false, ageMs = 0L, status = services.GetRequiredService<NodeReporter>().Current }),
            },
            JsonSerializerOptions.Web,
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
