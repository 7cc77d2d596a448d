using Realtime.Channels;
using Realtime.Transports.Access;

namespace Realtime.Transports.Tests.Access;

public sealed class CallerTests
{
    [Theory]
    [InlineData("room:general", true, true)]
    [InlineData("lobby", true, true)]
    [InlineData("users:bob", true, true)]
    [InlineData("user:alice", true, false)]
    [InlineData("user:bob", false, false)]
    [InlineData("user:alice:x", false, false)]
    [InlineData("user:Alice", false, false)]
    [InlineData("user", false, false)]
    [InlineData("user:", false, false)]
    [InlineData("timeline:alice", true, false)]
    [InlineData("timeline:bob", false, false)]
    [InlineData("timeline", false, false)]
    [InlineData("posts:alice", true, true)]
    [InlineData("posts:bob", true, false)]
    [InlineData("posts", true, false)]
    [InlineData("dm:alice:bob", true, true)]
    [InlineData("dm:bob:alice", true, true)]
    [InlineData("dm:alice:alice", true, true)]
    [InlineData("dm:bob:carol", false, false)]
    [InlineData("dm:alice", false, false)]
    [InlineData("dm:alice:", false, false)]
    [InlineData("dm::alice", false, false)]
    [InlineData("dm:alice:bob:carol", false, false)]
    [InlineData("dm:bob:alice:carol", false, false)]
    [InlineData("dm:bob:carol:alice", false, false)]
    [InlineData("dm", false, false)]
    public void Without_claims_the_namespace_decides(string channel, bool read, bool publish)
    {
        var caller = Make(publish: null, read: null);

        Assert.Equal((read, publish), (caller.MayRead(Name(channel)), caller.MayPublish(Name(channel))));
    }

    [Theory]
    [InlineData("room:*", "room:general", true)]
    [InlineData("room:*", "room:", true)]
    [InlineData("room:*", "room", false)]
    [InlineData("room:*", "rooms:a", false)]
    [InlineData("room:*", "ROOM:a", false)]
    [InlineData("room:general", "room:general", true)]
    [InlineData("room:general", "room:general2", false)]
    [InlineData("r*m:a", "room:a", false)]
    [InlineData("*", "anything:at:all", true)]
    [InlineData("", "room:a", false)]
    public void A_pattern_is_a_name_or_the_beginning_of_one(string pattern, string channel, bool matches)
    {
        var caller = Make(publish: [pattern], read: [pattern]);

        Assert.Equal((matches, matches), (caller.MayRead(Name(channel)), caller.MayPublish(Name(channel))));
    }

    [Fact]
    public void A_pub_claim_opens_a_user_channel_for_writing_and_leaves_reading_as_it_was()
    {
        var caller = Make(publish: ["user:*"], read: null);

        Assert.True(caller.MayPublish(Name("user:bob")));
        Assert.False(caller.MayPublish(Name("room:general")));
        Assert.False(caller.MayRead(Name("user:bob")));
        Assert.True(caller.MayRead(Name("room:general")));
    }

    [Fact]
    public void A_read_claim_replaces_the_rule_for_reading_alone()
    {
        var caller = Make(publish: null, read: ["dm:bob:carol"]);

        Assert.True(caller.MayRead(Name("dm:bob:carol")));
        Assert.False(caller.MayRead(Name("user:alice")));
        Assert.False(caller.MayRead(Name("room:general")));
        Assert.False(caller.MayPublish(Name("dm:bob:carol")));
        Assert.True(caller.MayPublish(Name("room:general")));
    }

    [Fact]
    public void An_empty_claim_forbids_its_whole_direction()
    {
        var caller = Make(publish: [], read: []);

        Assert.False(caller.MayRead(Name("room:general")));
        Assert.False(caller.MayPublish(Name("room:general")));
    }

    [Theory]
    [InlineData("timeline:alice")]
    [InlineData("timeline:bob")]
    public void A_timeline_is_written_by_nobody_whatever_a_token_claims(string channel) =>
        Assert.False(Make(publish: ["*", "timeline:*", channel], read: ["*"]).MayPublish(Name(channel)));

    private static Caller Make(string[]? publish, string[]? read) => new(
        "alice", DateTimeOffset.MaxValue, publish is null ? null : new ChannelPatterns(publish), read is null ? null : new ChannelPatterns(read));

    private static ChannelName Name(string text) => ChannelName.Parse(text);
}
