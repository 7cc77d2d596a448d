using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.Redis.Internal;

/// <summary>Whether one direction of the backbone works, told to the log once for each change.</summary>
internal sealed class ConnectionState(ILogger logger, string? problem)
{
    private readonly Lock _gate = new();
    private string? _problem = problem;

    /// <summary>What is wrong; null while it works.</summary>
    internal string? Problem => Volatile.Read(ref _problem);

    internal void Works(string what)
    {
        if (Problem is not null && Change(null))
            Log.Works(logger, what);
    }

    internal void Fails(string problem)
    {
        if (Change(problem))
            Log.Fails(logger, problem);
    }

    private bool Change(string? problem)
    {
        lock (_gate)
        {
            if (_problem == problem)
                return false;
            Volatile.Write(ref _problem, problem);
            return true;
        }
    }
}
