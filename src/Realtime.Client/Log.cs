using Microsoft.Extensions.Logging;

namespace Realtime.Client;

/// <summary>Event ids 8000 to 8099. Neither tokens nor the content of messages are logged.</summary>
internal static partial class Log
{
    [LoggerMessage(8000, LogLevel.Information, "Reading {Channels} channels over {Transport}", EventName = "Connected")]
    internal static partial void Connected(ILogger logger, int channels, string transport);

    [LoggerMessage(8001, LogLevel.Warning, "The connection over {Transport} was lost or could not be made; trying again in {Delay}", EventName = "Reconnecting")]
    internal static partial void Reconnecting(ILogger logger, string transport, TimeSpan delay, Exception? exception);

    [LoggerMessage(8002, LogLevel.Warning, "{Transport} does not get through here; going on over {Next}", EventName = "FellBack")]
    internal static partial void FellBack(ILogger logger, string transport, string next, Exception exception);

    [LoggerMessage(8003, LogLevel.Error, "The server refused a subscription for good", EventName = "Refused")]
    internal static partial void Refused(ILogger logger, Exception exception);

    [LoggerMessage(8004, LogLevel.Warning, "Messages of {Channel} from {Requested} to before {First} are gone: {Reason}", EventName = "Gap")]
    internal static partial void Gap(ILogger logger, string channel, long requested, long first, string reason);

    [LoggerMessage(8005, LogLevel.Debug, "A publish is repeated in {Delay}", EventName = "PublishRepeated")]
    internal static partial void PublishRepeated(ILogger logger, TimeSpan delay, Exception exception);

    [LoggerMessage(8006, LogLevel.Error, "A handler of ConnectionChanged threw", EventName = "HandlerThrew")]
    internal static partial void HandlerThrew(ILogger logger, Exception exception);
}
