using CsCheck;
using Realtime.Channels;
using Realtime.Presence;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Presence;

/// <summary>Whatever happened on the way, nodes that hear each other again come to know the same.</summary>
public sealed class PresenceConvergenceTests
{
    private static readonly ChannelName[] Rooms = [ChannelName.Parse("room:a"), ChannelName.Parse("room:b")];
    private static readonly string[] Transports = ["websocket", "signalr", "sse", "long-poll", "short-poll"];

    [Fact]
    public async Task Nodes_converge_after_frames_were_lost_repeated_and_reordered_and_nodes_killed() =>
        await Gen.Select(Gen.Int[2, 4], Gen.Int[1, int.MaxValue], Gen.Double[0, 0.6]).SampleAsync(
            run => ConvergeAsync(run.Item1, run.Item2, run.Item3), iter: 40, threads: 1);

    private static async Task ConvergeAsync(int nodeCount, int seed, double faults)
    {
        var random = new Random(seed);
        var time = new FakeTime();
        var options = new PresenceOptions { LeaveGrace = TimeSpan.FromSeconds(2), Lease = TimeSpan.FromSeconds(6), PollLease = TimeSpan.FromSeconds(3) };
        var network = new PresenceNetwork(time, random) { Faults = faults };
        var open = new List<(PresenceNode Node, ChannelName Room, string User, PresenceNode.Reading Reading)>();
        var started = new List<PresenceNode>();
        try
        {
            for (var i = 0; i < nodeCount; i++)
                Start();
            for (var step = 0; step < 150; step++)
            {
                await StepAsync();
                network.IsCut = random.Next(20) == 0;
                network.Pass(PresenceNetwork.Step);
            }

            network.IsCut = false;
            network.Faults = 0;
            // A lease for what a killed node left, a grace for its users, and renewals for what was lost.
            network.Pass(options.Lease + options.PollLease + options.LeaveGrace + options.Lease);
            await CompareAsync();
        }
        finally
        {
            started.ForEach(node => node.Dispose());
        }

        void Start()
        {
            var node = new PresenceNode(time, options, connectsNodes: true);
            started.Add(node);
            network.Nodes.Add(node);
        }

        async Task StepAsync()
        {
            var node = network.Nodes[random.Next(network.Nodes.Count)];
            var (room, user) = (Rooms[random.Next(Rooms.Length)], $"user{random.Next(6)}");
            switch (random.Next(12))
            {
                case < 5:
                    var transport = Transports[random.Next(Transports.Length)];
                    open.Add((node, room, user, await node.EnterAsync(room, user, transport)));
                    break;
                case < 10 when open.Count > 0:
                    var index = random.Next(open.Count);
                    var reading = open[index].Reading;
                    if (reading.Transport.EndsWith("poll", StringComparison.Ordinal))
                        reading.EndPoll();
                    else
                        reading.Leave();
                    open.RemoveAt(index);
                    break;
                case 10 when random.Next(8) == 0:
                    network.Nodes.Remove(node);
                    open.RemoveAll(one => one.Node == node);
                    if (random.Next(2) == 0)
                        network.Nodes.ForEach(other => other.HearGoodbye(node.Id));
                    Start();
                    break;
                case 11:
                    await node.PollAsync(room, user, "short-poll");
                    break;
            }
        }

        async Task CompareAsync()
        {
            foreach (var room in Rooms)
            {
                var expected = open.Where(one => one.Room == room).GroupBy(one => one.User)
                    .Select(user => $"{user.Key}: {string.Join(' ', Transports.Where(transport => user.Any(one => one.Reading.Transport == transport)))}")
                    .Order(StringComparer.Ordinal).ToList();
                foreach (var node in network.Nodes)
                {
                    var reading = await node.BeginReadAsync(room);
                    network.Pass(TimeSpan.FromSeconds(1.5));
                    var list = await reading.Within("an answer");
                    Assert.Equal(expected, list.Users.Select(user => $"{user.User}: {string.Join(' ', user.Transports)}").Order(StringComparer.Ordinal));
                }
            }
        }
    }
}
