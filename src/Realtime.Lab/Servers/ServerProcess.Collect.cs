using System.Runtime.InteropServices;

namespace Realtime.Lab.Servers;

public sealed partial class ServerProcess
{
    // SIGWINCH, which a program without a terminal has no other use for; the same number on Linux and macOS.
    private const int CollectSignal = 28;
    private const string CollectedLine = "lab: garbage collected";
    private static readonly TimeSpan CollectDeadline = TimeSpan.FromSeconds(30);

    private TaskCompletionSource? _collected;

    /// <summary>Makes the server collect all garbage and give free memory back, and waits until it has.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="LabException">It did not; the server must have been started with a collection hook.</exception>
    public async Task CollectGarbageAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            throw new LabException("A server can be made to collect its garbage on Linux and macOS only.");
        var collected = _collected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (kill(_process.Id, CollectSignal) != 0)
            throw new LabException($"Process {_process.Id} could not be signalled.");
        try
        {
            await collected.Task.WaitAsync(CollectDeadline, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new LabException($"Process {_process.Id} did not collect its garbage.", exception);
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
