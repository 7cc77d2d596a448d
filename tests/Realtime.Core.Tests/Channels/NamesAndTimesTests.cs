using Realtime.Channels;

namespace Realtime.Core.Tests.Channels;

public sealed class NamesAndTimesTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("room:general", true)]
    [InlineData("0-._:~@", true)]
    [InlineData("dm:alice:bob@example.org", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(":a", false)]
    [InlineData("-a", false)]
    [InlineData("~a", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a,b", false)]
    [InlineData("é", false)]
    [InlineData("a\n", false)]
    [InlineData("a\0", false)]
    [InlineData("a*", false)]
    public void A_channel_name_keeps_to_its_alphabet(string? text, bool valid)
    {
        Assert.Equal(valid, ChannelName.TryParse(text, out var name));
        Assert.Equal(valid ? text : "", name.Value);
    }

    [Fact]
    public void A_channel_name_has_128_characters_at_most()
    {
        Assert.True(ChannelName.TryParse(new string('a', 128), out _));
        Assert.False(ChannelName.TryParse(new string('a', 129), out _));
        Assert.Throws<FormatException>(() => ChannelName.Parse("no name"));
    }

    [Theory]
    [InlineData("room:general:x", "room")]
    [InlineData("lobby", "lobby")]
    [InlineData("a:", "a")]
    public void The_namespace_is_what_precedes_the_first_colon(string name, string expected) =>
        Assert.Equal(expected, ChannelName.Parse(name).Namespace.ToString());

    [Fact]
    public void Names_differ_by_case() => Assert.NotEqual(ChannelName.Parse("a"), ChannelName.Parse("A"));

    [Theory]
    [InlineData("2026-11-23T08:00:00Z", "2026-11-23T08:00:00.000Z")]
    [InlineData("2026-11-23T08:00:00.1Z", "2026-11-23T08:00:00.100Z")]
    [InlineData("2026-11-23T08:00:00.123Z", "2026-11-23T08:00:00.123Z")]
    [InlineData("2026-11-23T10:30:00.123+02:30", "2026-11-23T08:00:00.123Z")]
    [InlineData("2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00.123Z")]
    [InlineData("2026-11-23t08:00:00z", "2026-11-23T08:00:00.000Z")]
    public void Times_are_read_as_RFC_3339_writes_them(string text, string expected)
    {
        Assert.True(MessageTime.TryParse(text, out var time));
        Assert.Equal(expected, MessageTime.ToText(time));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-11-23")]
    [InlineData("2026-11-23T08:00:00")]
    [InlineData("2026-11-23 08:00:00Z")]
    [InlineData("2026-11-23T08:00:00.Z")]
    [InlineData("2026-11-23T08:00Z")]
    [InlineData("2026-13-23T08:00:00Z")]
    [InlineData("2026-11-23T08:00:00ZZ")]
    [InlineData(" 2026-11-23T08:00:00Z")]
    public void What_is_no_RFC_3339_time_is_refused(string? text) => Assert.False(MessageTime.TryParse(text, out _));

    [Fact]
    public void Times_are_cut_to_milliseconds_and_written_in_UTC()
    {
        var time = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.FromHours(2)).AddTicks(1_239_999);

        Assert.Equal("2026-11-23T08:00:00.123Z", MessageTime.ToText(MessageTime.Truncate(time)));
        Assert.Equal(TimeSpan.Zero, MessageTime.Truncate(time).Offset);
    }
}
