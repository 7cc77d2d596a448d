using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    [Fact]
    public async Task A_deleted_message_keeps_its_place_and_its_id_and_nothing_of_what_it_said()
    {
        var store = await OpenAsync();
        var appended = await AppendAsync(store, 1, 3);

        var deleted = await store.DeleteAsync(Room, appended[1].Message.Id, Cancel);

        Assert.NotNull(deleted);
        AssertSame(appended[1].Message.ToDeleted(), deleted.Message);
        Assert.Equal(await store.GetStateAsync(Room, Cancel), deleted.State);
        var page = await store.ReadAsync(Room, 0, 10, Cancel);
        Assert.Equal(["", Message.DeletedType, ""], page.Messages.Select(message => message.Type == Message.DeletedType ? message.Type : ""));
        AssertSame(deleted.Message, page.Messages[1]);
        Assert.Equal("null", System.Text.Encoding.UTF8.GetString(page.Messages[1].Data.Span));
        var again = await AppendAsync(store, 2, 1);
        Assert.True(again[0].IsDuplicate);
        AssertSame(deleted.Message, again[0].Message);
    }

    [Fact]
    public async Task What_is_not_there_or_deleted_already_is_not_deleted()
    {
        var store = await OpenAsync();
        var appended = await AppendAsync(store, 1, 2);

        Assert.Null(await store.DeleteAsync(Room, "no-such-id", Cancel));
        Assert.Null(await store.DeleteAsync(ChannelName.Parse("other"), appended[0].Message.Id, Cancel));
        Assert.NotNull(await store.DeleteAsync(Room, appended[0].Message.Id, Cancel));
        Assert.Null(await store.DeleteAsync(Room, appended[0].Message.Id, Cancel));
    }

    [Fact]
    public async Task Ranges_of_several_channels_are_read_at_once()
    {
        var store = await OpenAsync();
        var other = ChannelName.Parse("other");
        await AppendAsync(store, 1, 5);
        await store.AppendAsync([Draft(1, other), Draft(2, other)], Cancel);

        var read = await store.ReadAsync(
            [new MessageRange(Room, 2, 3), new MessageRange(other, 1, 100), new MessageRange(ChannelName.Parse("none"), 1, 9), new MessageRange(Room, 6, 9), new MessageRange(Room, 5, 5)],
            Cancel);

        Assert.Equal([[2, 3], [1, 2], [], [], [5]], read.Select(messages => messages.Select(message => message.Offset).ToArray()));
        Assert.All(read[1], message => Assert.Equal(other, message.Channel));
    }
}
