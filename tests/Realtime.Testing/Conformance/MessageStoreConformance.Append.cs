using System.Text;
using System.Text.Json;
using Realtime.Channels;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    public static TheoryData<string> OddTexts =>
    [
        "", " ", "héllo", "日本語", "👩‍👩‍👧‍👦 🇩🇪",
        "a\u2028b\u2029c", "tab\tnew\nline\r\n", "quote\" back\\slash /", "nul\0inside", "\u0001\u007f\u0085",
        "e\u0301 é", "\u202Ertl\u202C العربية", "'; DROP TABLE messages; --", "\uFEFFbom", "\uFFFD\uFFFE",
    ];

    [Fact]
    public async Task Offsets_start_at_one_and_are_contiguous_over_batches()
    {
        var store = await OpenAsync();

        var first = await AppendAsync(store, 1, 3);
        var second = await AppendAsync(store, 4, 1);
        var third = await AppendAsync(store, 5, 2);

        Assert.Equal(Range(1, 6), Offsets(first.Concat(second).Concat(third)));
        Assert.All(first, outcome => Assert.False(outcome.IsDuplicate));
        Assert.Equal(Range(1, 6), await OffsetsAsync(store));
    }

    [Fact]
    public async Task An_outcome_carries_the_message_and_the_state_after_the_whole_batch()
    {
        var store = await OpenAsync();

        var outcomes = await AppendAsync(store, 1, 3);

        var state = await store.GetStateAsync(Room, Cancel);
        Assert.Equal(3, state.Head);
        Assert.All(outcomes, outcome => Assert.Equal(state, outcome.State));
        AssertSame(Message.Create(Draft(2), 2), outcomes[1].Message);
    }

    [Fact]
    public async Task Messages_are_read_as_they_were_appended_and_in_their_order()
    {
        var store = await OpenAsync();
        var appended = new List<Message>();
        for (var batch = 0; batch < 10; batch++)
            appended.AddRange((await AppendAsync(store, batch * 7, 7)).Select(outcome => outcome.Message));

        var read = (await store.ReadAsync(Room, 0, 1_000, Cancel)).Messages;

        Assert.Equal(appended.Count, read.Count);
        for (var i = 0; i < read.Count; i++)
            AssertSame(appended[i], read[i]);
    }

    [Fact]
    public async Task Channels_of_one_batch_count_each_for_itself()
    {
        var store = await OpenAsync();
        var other = ChannelName.Parse("Room:General");

        var outcomes = await store.AppendAsync([Draft(1), Draft(1, other), Draft(2), Draft(3), Draft(2, other)], Cancel);

        Assert.Equal([1, 1, 2, 3, 2], Offsets(outcomes));
        Assert.Equal([3, 2, 3, 3, 2], [.. outcomes.Select(outcome => outcome.State.Head)]);
        Assert.All(outcomes, outcome => Assert.False(outcome.IsDuplicate));
        Assert.Equal(["id-1", "id-2"], [.. (await store.ReadAsync(other, 0, 10, Cancel)).Messages.Select(message => message.Id)]);
    }

    [Fact]
    public async Task Concurrent_appends_get_each_offset_once_and_keep_each_callers_order()
    {
        const int callers = 16, rounds = 25;
        var store = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var round = 0; round < rounds; round++)
            {
                var number = (caller * 1_000) + (round * 2);
                await store.AppendAsync([Draft(0, id: $"{number}"), Draft(0, id: $"{number + 1}")], Cancel);
            }
        }, Cancel)));

        var messages = (await store.ReadAsync(Room, 0, 10_000, Cancel)).Messages;
        Assert.Equal(Range(1, callers * rounds * 2), Offsets(messages));
        foreach (var caller in messages.Select(message => int.Parse(message.Id, null)).GroupBy(number => number / 1_000))
            Assert.Equal([.. Range(0, (rounds * 2) - 1).Select(i => (int)i + (caller.Key * 1_000))], [.. caller]);
    }

    [Theory]
    [MemberData(nameof(OddTexts))]
    public async Task Any_text_comes_back_as_it_was(string text)
    {
        var store = await OpenAsync();
        var draft = Draft(1) with { User = text, Data = JsonSerializer.SerializeToUtf8Bytes(text), Type = "a.b_c:d~e@f-9" };

        var appended = (await store.AppendAsync([draft], Cancel))[0].Message;
        var read = (await store.ReadAsync(Room, 0, 1, Cancel)).Messages[0];

        AssertSame(Message.Create(draft, 1), appended);
        AssertSame(appended, read);
        Assert.Equal(text, JsonDocument.Parse(read.Json).RootElement.GetProperty("data").GetString());
        Assert.Equal(text, JsonDocument.Parse(read.Json).RootElement.GetProperty("user").GetString());
    }

    [Fact]
    public async Task The_longest_names_are_told_apart_by_their_last_character()
    {
        var store = await OpenAsync();
        var (id, name) = (new string('x', 63), new string('c', 127));
        var (one, two) = (ChannelName.Parse(name + "1"), ChannelName.Parse(name + "2"));

        var outcomes = await store.AppendAsync(
            [Draft(1, one, id + "a"), Draft(1, one, id + "b"), Draft(1, two, id + "a"), Draft(1, two, id + "b")], Cancel);

        Assert.Equal([1, 2, 1, 2], Offsets(outcomes));
        Assert.Equal(id + "b", (await store.ReadAsync(two, 1, 1, Cancel)).Messages[0].Id);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(65_536)]
    [InlineData(1_048_576)]
    public async Task Payloads_of_any_size_come_back(int bytes)
    {
        var store = await OpenAsync();
        var draft = Draft(1) with { Data = Encoding.UTF8.GetBytes($"\"{new string('x', bytes - 2)}\"") };

        await store.AppendAsync([draft, Draft(2) with { Data = "0"u8.ToArray() }], Cancel);

        var messages = (await store.ReadAsync(Room, 0, 2, Cancel)).Messages;
        AssertSame(Message.Create(draft, 1), messages[0]);
        Assert.Equal("0", Encoding.UTF8.GetString(messages[1].Data.Span));
    }

    [Fact]
    public async Task A_batch_keeps_nothing_of_the_callers_buffer()
    {
        var store = await OpenAsync();
        var buffer = "\"before\""u8.ToArray();

        var appended = (await store.AppendAsync([Draft(1) with { Data = buffer }], Cancel))[0].Message;
        Array.Fill(buffer, (byte)'x');

        Assert.Equal("\"before\"", Encoding.UTF8.GetString(appended.Data.Span));
        Assert.Equal("\"before\"", Encoding.UTF8.GetString((await store.ReadAsync(Room, 0, 1, Cancel)).Messages[0].Data.Span));
    }

    [Fact]
    public async Task An_empty_batch_is_the_callers_mistake()
    {
        var store = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.AppendAsync([], Cancel));
    }
}
