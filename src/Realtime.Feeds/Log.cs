using Microsoft.Extensions.Logging;

namespace Realtime.Feeds;

internal static partial class Log
{
    [LoggerMessage(6500, LogLevel.Warning, "Mailboxes can't be used; timelines are pulled until they can.", EventName = "MailboxesAway")]
    internal static partial void MailboxesAway(ILogger logger, Exception exception);

    [LoggerMessage(6501, LogLevel.Information, "Mailboxes are used again.", EventName = "MailboxesBack")]
    internal static partial void MailboxesBack(ILogger logger);

    [LoggerMessage(6502, LogLevel.Warning, "Could not note which readers are active; it is tried again.", EventName = "ActivityNotNoted")]
    internal static partial void ActivityNotNoted(ILogger logger, Exception exception);

    [LoggerMessage(6503, LogLevel.Warning, "Could not load whom a connected reader follows; live posts are missing for that reader until the next connection.", EventName = "LiveFollowsFailed")]
    internal static partial void LiveFollowsFailed(ILogger logger, Exception exception);

    [LoggerMessage(6600, LogLevel.Information, "A mailbox write takes {Write:0} ns here, a source read {Source:0} ns, a head check {Head:0} ns, a mailbox read {Read:0} ns.", EventName = "UnitCostsMeasured")]
    internal static partial void UnitCostsMeasured(ILogger logger, double write, double source, double head, double read);
}
