using Microsoft.Extensions.Logging;
using Realtime.Backbones;

namespace Realtime.Lab.Broker;

/// <summary>A node of a run that needs its backbone.</summary>
/// <param name="Mode">How frames travel.</param>
/// <param name="Run">A name that no other run has: what is made at the broker carries it.</param>
/// <param name="Node">The node's name, unique too.</param>
/// <param name="QueueLimit">The most frames in its queue.</param>
/// <param name="Time">The clock.</param>
/// <param name="Loggers">Where it logs.</param>
public sealed record BackboneRequest(BrokerMode Mode, string Run, string Node, int QueueLimit, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>The broker that a run works with: the lab knows none by itself.</summary>
public interface IBrokerAccess
{
    /// <summary>Makes the backbone of a node, not started yet.</summary>
    IBackbone Create(BackboneRequest request);

    /// <summary>Removes what a run left at the broker, after its nodes have ended.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    ValueTask RemoveAsync(string run, CancellationToken cancellationToken);
}
