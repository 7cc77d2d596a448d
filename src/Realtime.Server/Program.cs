using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using Realtime.Diagnostics;
using Realtime.Feeds;
using Realtime.Server;
using Realtime.Server.Lab;
using Realtime.Server.Operations;
using Realtime.Server.Push;
using Realtime.Transports;
using Realtime.Transports.Access;
using Realtime.WebPush.Notifying;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddServerDefaults();
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
// While anything of this category could be logged, every request carries an activity and a scope; held requests carry them for minutes.
builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
// It takes every refused call for an error and prints its stack; the hub logs what really failed.
builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    // Responses go to the network and nowhere else: a client that does not read makes the server hold its cursor and one write.
    kestrel.Limits.MaxResponseBufferSize = 0;
});
// Continuations run where the socket's event came in: handlers never block, and a hop to another thread would be a third of a small write's cost.
builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
WebApplication app;
try
{
    builder.Services.AddRealtimeSettings(builder.Configuration);
    builder.Services.AddRealtimeStore(builder.Configuration);
    builder.Services.AddRealtimeBackbone(builder.Configuration);
    builder.Services.AddRealtimeMailboxes(builder.Configuration);
    builder.Services.AddRealtime();
    builder.Services.AddRealtimeFeeds();
    builder.Services.AddSingleton<IReadMarkers, ConsumerReadMarkers>();
    builder.Services.AddRealtimeWebPush(builder.Configuration);
    builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
        .AddMeter(RealtimeMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
        .AddPrometheusExporter());
    app = builder.Build();
    // SignalR's services make the framework put its authorization in front of every request; here each endpoint knows its caller itself.
    ((IApplicationBuilder)app).Properties["__AuthorizationMiddlewareSet"] = true;
    app.UseRealtimeCors();
    app.UsePages();
    app.MapRealtime();
    app.MapOperations();
    app.MapPush();
    BrokerEndpoint.Map(app);
    await app.StartAsync();
}
catch (Exception e) when (e is OptionsValidationException or Realtime.RealtimeException or IOException or InvalidOperationException { InnerException: ArgumentException or FormatException })
{
    // A setting that can't be right or an address in use is one sentence for the operator, not a stack trace.
    Console.Error.WriteLine($"Realtime can't start: {e.Message}");
    return 1;
}

await app.WaitForShutdownAsync();
return 0;

/// <summary>The entry point, public so that tests can host the server.</summary>
public partial class Program;
