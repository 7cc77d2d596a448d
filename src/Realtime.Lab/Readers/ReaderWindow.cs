using Realtime.Lab.Results;

namespace Realtime.Lab.Readers;

/// <summary>What a group of readers measured in a stretch of time.</summary>
/// <param name="Elapsed">How long it was.</param>
/// <param name="Delivered">New messages, over all readers.</param>
/// <param name="Latency">Null where none came.</param>
/// <param name="Requests">HTTP requests since the readers were opened.</param>
/// <param name="EmptyAnswers">Polls that brought nothing, since then.</param>
/// <param name="BytesDown">Bytes from the server, as they come from the socket.</param>
/// <param name="BytesUp">Bytes to it.</param>
/// <param name="Reads">Calls of <c>recv</c> that returned something.</param>
/// <param name="Staleness">Mean over readers and time, see <see cref="Meters.FreshnessMeter"/>.</param>
internal sealed record ReaderWindow(
    TimeSpan Elapsed,
    long Delivered,
    LatencySummary? Latency,
    long Requests,
    long EmptyAnswers,
    long BytesDown,
    long BytesUp,
    long Reads,
    TimeSpan Staleness);
