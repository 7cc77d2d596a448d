using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Realtime.Transports.Access;

/// <summary>Makes or loads the server's keys before the first request, so that a key file which can't be used stops the start.</summary>
internal sealed partial class AccessStartup(SigningKeys keys, DemoTokens demo, ILogger<AccessStartup> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = keys.TicketKey;
        if (demo.IsEnabled) Log.DemoMode(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(4102, LogLevel.Warning, "Demo mode: POST /api/demo/token gives a token to anyone who asks", EventName = "DemoMode")]
        public static partial void DemoMode(ILogger logger);
    }
}
