using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Realtime.Transports.Problems;

/// <summary>Maps plain request delegates whose every refusal is a problem document.</summary>
public static partial class ProblemRouting
{
    private static readonly TimeSpan LogPause = TimeSpan.FromSeconds(5);

    private static long _lastFailure;

    /// <summary>Maps <paramref name="handler"/> for one method of <paramref name="pattern"/>; see <see cref="MapApi(IEndpointRouteBuilder, string, ValueTuple{string, RequestDelegate}[])"/>.</summary>
    public static IEndpointConventionBuilder MapApi(this IEndpointRouteBuilder endpoints, string pattern, string method, RequestDelegate handler) =>
        endpoints.MapApi(pattern, (method, handler));

    /// <summary>Maps one handler for each method of an address. Any other method is answered by 405 with <c>Allow</c>.</summary>
    /// <remarks>A <see cref="ProblemException"/> of a handler becomes the answer, a transient <see cref="RealtimeException"/> becomes 503, and a
    /// request that its client gave up ends silently.</remarks>
    /// <returns>The conventions of the handlers, without those of the 405 answer.</returns>
    public static IEndpointConventionBuilder MapApi(
        this IEndpointRouteBuilder endpoints, string pattern, params (string Method, RequestDelegate Handler)[] handlers)
    {
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("Realtime.Transports.Problems");
        var time = endpoints.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
        var methods = handlers.Select(one => one.Method).ToArray();
        var notAllowed = Problem.MethodNotAllowed(string.Join(", ", methods));

        // An endpoint without methods is the router's last choice, so it sees what none of the others takes.
        endpoints.Map(pattern, notAllowed.WriteAsync).WithDisplayName($"405 {pattern}").WithMetadata(RefusalEndpoint.Instance);
        var builders = handlers.Select(one =>
            endpoints.MapMethods(pattern, [one.Method], Answering(one.Handler, logger, time))
                .WithDisplayName($"{one.Method} {pattern}"));
        return new Conventions([.. builders]);
    }

    /// <summary>Answers every address under <c>/api</c> that nothing else takes with 404 and a problem document.</summary>
    public static IEndpointConventionBuilder MapApiFallback(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapFallback("/api/{**rest}", Problem.NotFound("There is nothing at this address.").WriteAsync)
            .WithMetadata(RefusalEndpoint.Instance);

    private static RequestDelegate Answering(RequestDelegate handler, ILogger logger, TimeProvider time) => async context =>
    {
        try
        {
            await handler(context);
        }
        catch (ProblemException refusal) when (!context.Response.HasStarted)
        {
            await refusal.Problem.WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; there is nobody to answer.
        }
        catch (RealtimeException failure) when (failure.IsTransient && !context.Response.HasStarted)
        {
            // One line a while is enough: during an outage every request fails in the same way.
            var now = time.GetTimestamp();
            var last = Interlocked.Read(ref _lastFailure);
            if ((last == 0 || time.GetElapsedTime(last, now) > LogPause) && Interlocked.CompareExchange(ref _lastFailure, now, last) == last)
                Log.BackendFailed(logger, failure);
            await Problem.StoreUnavailable().WriteAsync(context);
        }
    };

    private sealed class Conventions(IEndpointConventionBuilder[] builders) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention) => Array.ForEach(builders, one => one.Add(convention));
    }

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Error, "A request failed because a backend failed", EventName = "BackendFailed")]
        public static partial void BackendFailed(ILogger logger, Exception exception);
    }
}
