using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Realtime.Transports.Problems;

namespace Realtime.Transports.SignalR;

/// <summary>Turns what a hub method refuses into the problem that the caller gets.</summary>
internal sealed partial class HubProblemFilter(ILogger<HubProblemFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (ProblemException refusal)
        {
            throw new HubException(refusal.Problem.ToJson());
        }
        catch (RealtimeException failure)
        {
            LogFailed(logger, invocationContext.HubMethodName, failure);
            throw new HubException(Problem.StoreUnavailable().ToJson());
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(logger, invocationContext.HubMethodName, failure);
            throw;
        }
    }

    [LoggerMessage(3201, LogLevel.Error, "The hub method {Method} failed.", EventName = "HubMethodFailed")]
    private static partial void LogFailed(ILogger logger, string method, Exception exception);
}
