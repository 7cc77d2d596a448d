using System.Diagnostics;

namespace Realtime.Lab.Meters;

/// <summary>CPU time and memory of a process on this machine.</summary>
internal sealed class ProcessMeter : IDisposable
{
    private readonly Process _process;

    /// <exception cref="LabException">There is no such process.</exception>
    public ProcessMeter(int processId)
    {
        try
        {
            _process = Process.GetProcessById(processId);
        }
        catch (ArgumentException exception)
        {
            throw new LabException($"There is no process {processId} on this machine.", exception);
        }
    }

    /// <summary>User and kernel time since the process started; counted by the system in steps of about 10 ms.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Bytes of the process that are in memory now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public void Dispose() => _process.Dispose();
}
