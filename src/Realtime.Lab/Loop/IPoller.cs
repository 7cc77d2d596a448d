namespace Realtime.Lab.Loop;

/// <summary>Tells which connections have something to read. Used from one thread.</summary>
internal interface IPoller : IDisposable
{
    /// <summary>Starts to watch a connected socket.</summary>
    void Add(LoopConnection connection);

    /// <summary>Stops watching it; call it before the socket is closed.</summary>
    void Remove(LoopConnection connection);

    /// <summary>Waits until something can be read or the time is up, and fills <paramref name="ready"/>.</summary>
    /// <param name="timeoutMicros">How long to wait at most, in microseconds; 0 returns at once.</param>
    /// <param name="ready">Cleared, then filled with the connections that can be read or have ended.</param>
    void Wait(long timeoutMicros, List<LoopConnection> ready);

    /// <summary>The poller for this operating system.</summary>
    static IPoller Create() => OperatingSystem.IsLinux() ? new EpollPoller() : new SelectPoller();
}
