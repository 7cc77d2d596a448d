using Realtime.Feeds;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>A broker that comes and goes loses no fan-out that it took, and none that the node holds for it.</summary>
[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqFanoutOutageTests(PrivateBroker broker) : IClassFixture<PrivateBroker>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Jobs_outlive_a_broker_that_is_restarted(bool kills)
    {
        await broker.StartAsync();
        await using var world = new RabbitMqWorld(broker.Address, outlivesTest: false);
        var dispatcher = world.Fanout(new FeedOptions());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var running = new RunningFanout(dispatcher, async (job, cancellationToken) =>
        {
            await gate.Task.WaitAsync(cancellationToken);
            return job.After < 200 ? job with { After = job.After + 100 } : null;
        });
        Enqueue(1, 50);
        await running.UntilAsync(chunks => chunks.Count == 1, "the first job");

        await broker.EndAsync(kills);
        Enqueue(51, 100);
        gate.SetResult();
        await broker.StartAsync();

        await running.UntilAsync(
            chunks => chunks.Where(job => job.After == 200).Select(job => job.Post.Offset).Distinct().Count() == 100, "all jobs to their end");
        Assert.DoesNotContain(world.FanoutLog.Lines, line => line.Id.Id is 6420 or 6422);

        void Enqueue(int from, int to)
        {
            for (var offset = from; offset <= to; offset++)
            {
                Assert.True(dispatcher.TryEnqueue(
                    new FanoutJob(new PostRef(offset, new PostPosition(1_767_600_000_000 + offset, $"post-{offset}", "ann")), FanoutPass.Recent, 0)));
            }
        }
    }
}
