using Realtime.Lab.Loop;

namespace Realtime.Lab.Meters;

/// <summary>What a stretch of time cost: the server, this generator, and whatever else ran on the machine.</summary>
internal sealed class CpuWindow
{
    private readonly IReadOnlyList<ProcessMeter> _servers;
    private readonly TimeSpan[] _serversBefore;
    private readonly TimeSpan? _machineBefore = MachineMeter.BusyTime();
    private readonly TimeSpan _ownBefore = MachineMeter.OwnCpuTime();
    private readonly long _start = LabClock.Now;

    /// <summary>Starts it.</summary>
    /// <param name="servers">The servers that take part.</param>
    public CpuWindow(params IReadOnlyList<ProcessMeter> servers)
    {
        _servers = servers;
        _serversBefore = [.. servers.Select(server => server.CpuTime)];
    }

    /// <summary>Ends it.</summary>
    public CpuUse End()
    {
        var servers = _servers.Zip(_serversBefore, (server, before) => server.CpuTime - before).ToList();
        var own = MachineMeter.OwnCpuTime() - _ownBefore;
        var elapsed = TimeSpan.FromMicroseconds(Math.Max(1, LabClock.Now - _start));
        var total = servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server);
        double? other = MachineMeter.BusyTime() - _machineBefore is { } machine
            ? Math.Max(0, (machine - own - total) / elapsed)
            : null;
        return new CpuUse(servers, own / elapsed, other);
    }
}

/// <summary>What a <see cref="CpuWindow"/> measured.</summary>
/// <param name="Servers">CPU time of each server.</param>
/// <param name="Generator">CPU of the load generator, in cores: 1 is one core all the time.</param>
/// <param name="Other">CPU of everything else on the machine, in cores; null where it can't be known.</param>
internal sealed record CpuUse(IReadOnlyList<TimeSpan> Servers, double Generator, double? Other);
