using Realtime.Lab.Servers;

namespace Realtime.Lab.Meters;

/// <summary>The meters of several servers, as far as they run on this machine.</summary>
internal sealed class ProcessMeters : IDisposable
{
    public ProcessMeters(params IReadOnlyList<ServerTarget?> servers)
    {
        var present = servers.OfType<ServerTarget>().ToList();
        Complete = present.TrueForAll(server => server.ProcessId is not null);
        All = [.. present.Where(server => server.ProcessId is not null).Select(server => new ProcessMeter(server.ProcessId!.Value))];
    }

    /// <summary>Whether every server is measured, so that the rest of the machine's work is nobody's of them.</summary>
    public bool Complete { get; }

    public IReadOnlyList<ProcessMeter> All { get; }

    public void Dispose()
    {
        foreach (var meter in All)
            meter.Dispose();
    }
}
