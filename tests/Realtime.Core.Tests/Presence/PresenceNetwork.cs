using Microsoft.Extensions.Time.Testing;

namespace Realtime.Core.Tests.Presence;

/// <summary>Nodes that speak with each other over a network which loses, repeats and reorders frames as often as a test says.</summary>
internal sealed class PresenceNetwork(FakeTimeProvider time, Random random)
{
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);

    private readonly List<(PresenceNode Target, Guid Sender, byte[] Body)> _late = [];

    internal List<PresenceNode> Nodes { get; } = [];

    /// <summary>The share of frames that are lost, that come twice, and that come later than those after them.</summary>
    internal double Faults { get; set; }

    /// <summary>Whether frames go anywhere at all.</summary>
    internal bool IsCut { get; set; }

    /// <summary>Lets time pass, with a round of every node and the frames of it at each step.</summary>
    internal void Pass(TimeSpan duration)
    {
        for (var left = duration; left > TimeSpan.Zero; left -= Step)
        {
            time.Advance(Step);
            foreach (var node in Nodes)
            {
                node.Run();
                foreach (var other in Nodes.Where(other => other != node))
                    node.Hear(other.Id);
            }

            Deliver();
        }
    }

    private void Deliver()
    {
        var arriving = _late.ToList();
        _late.Clear();
        foreach (var node in Nodes)
        {
            while (node.Sent.TryDequeue(out var frame))
            {
                foreach (var target in Nodes.Where(target => target != node && target.Interest.IsWanted(frame.Shard) && !IsCut))
                {
                    if (random.NextDouble() < Faults)
                        continue;
                    (random.NextDouble() < Faults ? _late : arriving).Add((target, node.Id, frame.Body));
                    if (random.NextDouble() < Faults)
                        _late.Add((target, node.Id, frame.Body));
                }
            }
        }

        foreach (var (target, sender, body) in arriving)
        {
            if (Nodes.Contains(target))
                target.Take(sender, body);
        }
    }
}
