using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Realtime.Lab.Meters;

/// <summary>Makes another .NET process collect its garbage, from outside and so alike for any server.</summary>
internal static class GarbageCollection
{
    // The runtime's GCHeapCollect keyword: a full blocking collection when a session that asks for it begins.
    private const long CollectKeyword = 0x800000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Asks for a full collection and waits for it.</summary>
    /// <exception cref="LabException">The process can't be asked.</exception>
    public static async Task ForceAsync(int processId, CancellationToken cancellationToken)
    {
        try
        {
            var client = new DiagnosticsClient(processId);
            var provider = new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectKeyword);
            using var session = await client.StartEventPipeSessionAsync([provider], requestRundown: false, circularBufferMB: 1, cancellationToken)
                .ConfigureAwait(false);
            var drained = session.EventStream.CopyToAsync(Stream.Null, cancellationToken);
            // Stopping waits for the collection that starting began.
            await session.StopAsync(cancellationToken).WaitAsync(Deadline, cancellationToken).ConfigureAwait(false);
            await drained.WaitAsync(Deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ServerNotAvailableException or ServerErrorException or TimeoutException or IOException)
        {
            throw new LabException($"Process {processId} could not be made to collect its garbage.", exception);
        }
    }
}
