using System.Text.Json;
using Realtime.Lab.Broker;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;

namespace Realtime.Server.Lab;

/// <summary><c>/api/lab/broker</c>: the experiment with a node that can't keep up, for the lab's page and for the command line.</summary>
internal sealed class BrokerEndpoint
{
    private const string AddressSetting = "Realtime:Lab:RabbitMq";

    private readonly bool _isDemo;
    private readonly RabbitMqAccess? _access;
    private readonly IServiceProvider _services;
    private int _running;

    private BrokerEndpoint(IServiceProvider services, IConfiguration configuration)
    {
        _services = services;
        _isDemo = services.GetRequiredService<DemoTokens>().IsEnabled;
        if (AddressIn(configuration) is { } address)
            _access = new RabbitMqAccess(address, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<RabbitMqAccess>>());
    }

    internal static void Map(WebApplication app)
    {
        var self = new BrokerEndpoint(app.Services, app.Configuration);
        app.UseWhen(static context => context.Request.Path == "/api/lab/broker/run", static branch => branch.UseWebSockets());
        app.MapApi("/api/lab/broker", HttpMethods.Get, self.DescribeAsync);
        app.MapApi("/api/lab/broker/run", HttpMethods.Get, self.RunAsync);
    }

    /// <summary>Where the experiment's broker is; null where there is none.</summary>
    private static string? AddressIn(IConfiguration configuration)
    {
        if (configuration[AddressSetting] is { Length: > 0 } own)
            return own;
        return configuration["Realtime:Backbone:Kind"] is "rabbitmq" or "rabbitmq-stream" ? configuration["Realtime:Backbone:ConnectionString"] : null;
    }

    private async Task DescribeAsync(HttpContext context)
    {
        Require();
        await AuthenticateAsync(context, CredentialSources.Bearer);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            new
            {
                running = Volatile.Read(ref _running) == 1,
                modes = BrokerMode.All.Select(mode => new { name = mode.Name, title = mode.Title }),
                defaults = new BrokerSettings(),
            },
            JsonSerializerOptions.Web,
            context.RequestAborted);
    }

    private async Task RunAsync(HttpContext context)
    {
        var access = Require();
        if (!context.WebSockets.IsWebSocketRequest)
            throw new ProblemException(Problem.InvalidRequest("This address takes WebSocket connections: the request must be an upgrade to websocket."));
        if (!_services.GetRequiredService<OriginPolicy>().Allows(context))
            throw new ProblemException(Problem.Forbidden("Pages of this origin may not run experiments."));
        await AuthenticateAsync(context, CredentialSources.Bearer | CredentialSources.Ticket);
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var conversation = new BrokerConversation(socket, _services.GetRequiredService<TimeProvider>(), _services.GetRequiredService<ILoggerFactory>());
        // A browser is not shown the answer to a refused upgrade, so it is told afterwards.
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            await conversation.RefuseAsync("An experiment runs on this node already: one at a time.", context.RequestAborted);
            return;
        }

        try
        {
            await conversation.RunAsync(access, context.RequestAborted, _services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private RabbitMqAccess Require()
    {
        if (!_isDemo)
            throw new ProblemException(Problem.NotFound("This server runs no experiments: it is not in demo mode."));
        return _access ?? throw new ProblemException(Problem.NotFound(
            $"The experiment between nodes needs a RabbitMQ broker, and this server knows none: set {AddressSetting} to an address such as amqp://user:password@host:5672/."));
    }

    private async ValueTask AuthenticateAsync(HttpContext context, CredentialSources sources) =>
        await _services.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, sources);
}
