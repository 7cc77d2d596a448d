using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Publishing;

public sealed class PublisherTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");

    [Fact]
    public async Task Messages_that_arrive_during_a_commit_share_the_next_in_their_order()
    {
        await using var node = await MemoryNode.StartAsync();
        using var commit = new HeldCommit(node);
        var answers = new List<Task<PublishResult>> { node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask() };
        await commit.Entered.Within("the first commit");

        for (var i = 0; i < 100; i++)
            answers.Add(node.Publisher.PublishAsync(MemoryNode.Request(A, $"m{i}")).AsTask());
        commit.Release();
        var results = await Task.WhenAll(answers).Within("the answers");

        Assert.Equal([1, 100], node.Store.Batches);
        Assert.Equal(Enumerable.Range(1, 101).Select(offset => (long)offset), results.Select(result => result.Message!.Offset));
        Assert.Equal("m99", results[^1].Message!.Id);
    }

    [Fact]
    public async Task A_batch_has_its_bound()
    {
        await using var node = await MemoryNode.StartAsync(publisher: new PublisherOptions { MaxBatch = 10 });
        using var commit = new HeldCommit(node);
        var first = node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask();
        await commit.Entered.Within("the first commit");
        var others = node.PublishAsync(A, 25);
        commit.Release();
        await others;
        await first;

        Assert.Equal([1, 10, 10, 5], node.Store.Batches);
    }

    [Theory]
    [InlineData("""{"a":1,"b":[1,2]}""", """{"b":[1,2],"a":1}""", PublishOutcome.Duplicate)]
    [InlineData("1", "1.0", PublishOutcome.Duplicate)]
    [InlineData("100", "1e2", PublishOutcome.Duplicate)]
    [InlineData("\"é\"", "\"\\u00e9\"", PublishOutcome.Duplicate)]
    [InlineData("1", "1", PublishOutcome.Duplicate)]
    [InlineData("1", "2", PublishOutcome.Conflict)]
    [InlineData("1", "\"1\"", PublishOutcome.Conflict)]
    [InlineData("[1,2]", "[2,1]", PublishOutcome.Conflict)]
    [InlineData("{}", "null", PublishOutcome.Conflict)]
    public async Task The_same_id_again_is_a_duplicate_when_the_data_is_the_same_value(string first, string second, PublishOutcome expected)
    {
        await using var node = await MemoryNode.StartAsync();
        var created = await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", first)).AsTask().Within("the answer");

        var again = await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", second)).AsTask().Within("the answer");

        Assert.Equal(PublishOutcome.Created, created.Outcome);
        Assert.Equal(expected, again.Outcome);
        Assert.Same(created.Message, again.Message);
        Assert.Equal(1, (await node.Store.GetStateAsync(A, TestContext.Current.CancellationToken)).Head);
    }

    [Fact]
    public async Task The_same_id_with_another_type_or_user_is_a_conflict()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.Publisher.PublishAsync(MemoryNode.Request(A, "id"));

        Assert.Equal(PublishOutcome.Conflict, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", type: "other"))).Outcome);
        Assert.Equal(PublishOutcome.Conflict, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", user: "mallory"))).Outcome);
    }

    [Fact]
    public async Task Numbers_too_extreme_to_compare_are_a_conflict_and_the_publisher_goes_on()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", "1e99999999999")).AsTask().Within("the answer");

        var again = await node.Publisher.PublishAsync(MemoryNode.Request(A, "id", "1.0e99999999999")).AsTask().Within("the answer");
        var next = await node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask().Within("the next answer");

        Assert.Equal(PublishOutcome.Conflict, again.Outcome);
        Assert.Equal(PublishOutcome.Created, next.Outcome);
    }

    [Fact]
    public async Task A_full_intake_refuses_at_once_and_stores_nothing_of_it()
    {
        await using var node = await MemoryNode.StartAsync(publisher: new PublisherOptions { MaxIntake = 5 });
        using var commit = new HeldCommit(node);
        var first = node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask();
        await commit.Entered.Within("the first commit");

        var taken = Enumerable.Range(0, 5).Select(_ => node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask()).ToList();
        var refused = node.Publisher.PublishAsync(MemoryNode.Request(A, "refused"));
        Assert.True(refused.IsCompleted);
        Assert.Equal(PublishOutcome.Overloaded, (await refused).Outcome);
        commit.Release();

        Assert.All(await Task.WhenAll([first, .. taken]).Within("the answers"), result => Assert.Equal(PublishOutcome.Created, result.Outcome));
        Assert.Equal(PublishOutcome.Created, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "refused"))).Outcome);
    }

    [Fact]
    public async Task An_intake_full_of_bytes_refuses_and_takes_again_when_they_are_gone()
    {
        await using var node = await MemoryNode.StartAsync(publisher: new PublisherOptions { MaxIntakeBytes = 1 << 16 });
        var large = $"\"{new string('x', 40_000)}\"";
        using var commit = new HeldCommit(node);
        var first = node.Publisher.PublishAsync(MemoryNode.Request(A, data: large)).AsTask();
        await commit.Entered.Within("the first commit");

        Assert.Equal(PublishOutcome.Overloaded, (await node.Publisher.PublishAsync(MemoryNode.Request(A, data: large))).Outcome);
        commit.Release();
        await first.Within("the first answer");

        for (var i = 0; i < 5; i++)
            Assert.Equal(PublishOutcome.Created, (await node.Publisher.PublishAsync(MemoryNode.Request(A, data: large)).AsTask().Within("an answer")).Outcome);
    }

    [Fact]
    public async Task A_store_that_fails_is_told_as_overloaded_and_the_publisher_goes_on()
    {
        await using var node = await MemoryNode.StartAsync();
        node.Store.Appending = () => throw new RealtimeException("down", isTransient: true);
        Assert.Equal(PublishOutcome.Overloaded, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id")).AsTask().Within("the answer")).Outcome);

        node.Store.Appending = null;

        Assert.Equal(PublishOutcome.Created, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id")).AsTask().Within("the answer")).Outcome);
    }

    [Fact]
    public async Task A_message_whose_commit_failed_after_it_was_made_reaches_readers_when_it_is_published_again()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        node.Store.Appended = () => throw new RealtimeException("connection lost", isTransient: true);
        Assert.Equal(PublishOutcome.Overloaded, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id")).AsTask().Within("the answer")).Outcome);
        node.Store.Appended = null;

        Assert.Equal(PublishOutcome.Duplicate, (await node.Publisher.PublishAsync(MemoryNode.Request(A, "id")).AsTask().Within("the answer")).Outcome);

        await reader.Connection.WhenMessagesAsync(1);
        Assert.Equal("id", reader.Connection.Messages.Single().Id);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_keeps_times_from_decreasing()
    {
        await using var node = new MemoryNode(new MemoryNodeParts { Time = new SteppingTime(TimeSpan.Zero, TimeSpan.FromHours(-1), TimeSpan.FromSeconds(1)) });
        await node.Publisher.StartAsync(TestContext.Current.CancellationToken);
        var times = new List<DateTimeOffset>();

        for (var i = 0; i < 3; i++)
            times.Add((await node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask().Within("the answer")).Message!.Time);

        Assert.Equal(times.Order(), times);
        Assert.Equal(times[0], times[1]);
        Assert.True(times[2] > times[1]);
    }

    [Fact]
    public async Task Stopping_answers_what_was_taken_and_takes_no_more()
    {
        await using var node = await MemoryNode.StartAsync();
        using var commit = new HeldCommit(node);
        var answers = new List<Task<PublishResult>> { node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask() };
        await commit.Entered.Within("the first commit");
        for (var i = 0; i < 50; i++)
            answers.Add(node.Publisher.PublishAsync(MemoryNode.Request(A)).AsTask());

        var stopping = node.Publisher.StopAsync(CancellationToken.None);
        Assert.Equal(PublishOutcome.Overloaded, (await node.Publisher.PublishAsync(MemoryNode.Request(A))).Outcome);
        commit.Release();
        await stopping.Within("the stop");

        Assert.All(await Task.WhenAll(answers).Within("the answers"), result => Assert.Equal(PublishOutcome.Created, result.Outcome));
    }

    [Fact]
    public async Task Channels_of_one_batch_each_get_their_own_offsets_and_readers()
    {
        await using var node = await MemoryNode.StartAsync();
        var b = ChannelName.Parse("b");
        var reader = await node.ConnectAsync(null, A, b);
        using var commit = new HeldCommit(node);
        var first = node.PublishAsync(A);
        await commit.Entered.Within("the first commit");
        var rest = Enumerable.Range(0, 10).Select(number => node.Publisher.PublishAsync(MemoryNode.Request(number % 2 == 0 ? A : b)).AsTask()).ToList();
        commit.Release();
        await first;
        await Task.WhenAll(rest).Within("the answers");
        await reader.Connection.WhenMessagesAsync(11);

        Assert.Equal([1, 2, 3, 4, 5, 6], reader.Connection.Messages.Where(message => message.Channel == "a").Select(message => message.Offset));
        Assert.Equal([1, 2, 3, 4, 5], reader.Connection.Messages.Where(message => message.Channel == "b").Select(message => message.Offset));
    }

    [Fact]
    public async Task Ids_that_the_server_makes_are_ids_and_differ()
    {
        await using var node = await MemoryNode.StartAsync();
        var ids = new HashSet<string>();

        for (var i = 0; i < 100; i++)
            ids.Add((await node.Publisher.PublishAsync(MemoryNode.Request(A))).Message!.Id);

        Assert.Equal(100, ids.Count);
        Assert.All(ids, id => Assert.True(NameAlphabet.IsId(id)));
    }

    /// <summary>Holds the first commit until it is released.</summary>
    private sealed class HeldCommit : IDisposable
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal HeldCommit(MemoryNode node) => node.Store.Appending = () =>
        {
            _entered.TrySetResult();
            return _released.Task;
        };

        internal Task Entered => _entered.Task;

        internal void Release() => _released.TrySetResult();

        public void Dispose() => Release();
    }

    /// <summary>A clock that is moved by one step, forwards or backwards, at each look for a publish.</summary>
    private sealed class SteppingTime(params TimeSpan[] steps) : TimeProvider
    {
        private readonly DateTimeOffset _start = new(2026, 11, 23, 8, 0, 0, 1, TimeSpan.Zero);
        private int _looks;

        public override DateTimeOffset GetUtcNow() => _start + steps[Math.Min(_looks++, steps.Length - 1)];
    }
}
