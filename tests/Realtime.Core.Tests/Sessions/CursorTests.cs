using System.Buffers.Text;
using CsCheck;
using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Core.Tests.Sessions;

public sealed class CursorTests
{
    private const string UrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly Gen<CursorEntry[]> Entries =
        Gen.Select(Gen.ULong, Gen.UInt, Gen.Long[0, Cursor.MaxOffset]).Array[0, 256]
            .Select(entries => entries.DistinctBy(entry => entry.Item1)
                .Select(entry => new CursorEntry(entry.Item1, new Position(new Epoch(entry.Item2), entry.Item3))).ToArray());

    [Fact]
    public void Any_set_of_channels_comes_back_as_it_was() => Entries.Sample(
        entries =>
        {
            Assert.True(Cursor.TryParse(TextOf(entries), out var cursor));
            Assert.Equal(entries.Length, cursor!.Count);
            foreach (var entry in entries)
            {
                Assert.True(cursor.TryGet(entry.Channel, out var position));
                Assert.Equal(entry.Position, position);
            }
        },
        iter: 500);

    [Fact]
    public void A_cursor_is_URL_safe() => Entries.Sample(entries => Assert.DoesNotContain(TextOf(entries), character => !UrlSafe.Contains(character)), iter: 200);

    [Fact]
    public void A_cursor_of_256_channels_fits_in_6_KB()
    {
        var builder = new CursorBuilder();
        for (var i = 0; i < 256; i++)
            builder.Add(ChannelKey.Of(ChannelName.Parse($"{i:d3}{new string('x', 125)}")), new Position(Epoch.Create(), (1L << 35) - 1));

        Assert.InRange(builder.ToString().Length, 1, 6144);
    }

    [Fact]
    public void Every_truncation_is_refused() => Entries.Select(entries => entries.Take(4)).Sample(
        entries =>
        {
            var text = TextOf(entries);
            for (var length = 0; length < text.Length; length++)
                Assert.False(Cursor.TryParse(text.AsSpan(0, length), out _), $"The first {length} characters of {text} were taken.");
        },
        iter: 100);

    [Fact]
    public void Every_change_of_a_single_character_is_refused() => Entries.Select(entries => entries.Take(3)).Sample(
        entries =>
        {
            var text = TextOf(entries).ToCharArray();
            for (var i = 0; i < text.Length; i++)
            {
                var original = text[i];
                foreach (var other in UrlSafe + " =+/\n.é\0")
                {
                    text[i] = other;
                    Assert.True(other == original || !Cursor.TryParse(text, out _), $"'{other}' at {i} was taken: {new string(text)}");
                }

                text[i] = original;
            }
        },
        iter: 40);

    [Theory]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("=")]
    [InlineData("A")]
    public void What_is_added_to_a_cursor_is_refused(string extra)
    {
        for (var count = 0; count < 4; count++)
        {
            var text = TextOf([.. Enumerable.Range(0, count).Select(key => new CursorEntry((ulong)key, new Position(new Epoch(7), 12_345)))]);
            for (var i = 0; i <= text.Length; i++)
                Assert.False(Cursor.TryParse(text.Insert(i, extra), out _), $"{text} with '{extra}' at {i} was taken");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void Other_versions_are_refused(byte version)
    {
        var raw = Base64Url.DecodeFromChars(TextOf([new CursorEntry(1, new Position(new Epoch(1), 1))]));
        raw[0] = version;
        Sign(raw);

        Assert.False(Cursor.TryParse(Base64Url.EncodeToString(raw), out _));
    }

    [Fact]
    public void A_channel_named_twice_is_refused()
    {
        var entry = new CursorEntry(1, new Position(new Epoch(1), 1));

        Assert.False(Cursor.TryParse(TextOf([entry, entry]), out _));
    }

    [Fact]
    public void An_offset_that_no_client_could_count_to_is_refused() =>
        Assert.False(Cursor.TryParse(TextOf([new CursorEntry(1, new Position(new Epoch(1), Cursor.MaxOffset + 1))]), out _));

    [Fact]
    public void Text_of_any_kind_is_read_without_an_exception()
    {
        Gen.String.Sample(text => Assert.Equal(Cursor.TryParse(text, out var cursor), cursor is not null));
        Gen.Byte.Array[0, 200].Sample(raw =>
        {
            // With a good checksum, so that the entries are looked at.
            if (raw.Length < 5)
                return;
            raw[0] = Cursor.Version;
            Sign(raw);
            Assert.Equal(Cursor.TryParse(Base64Url.EncodeToString(raw), out var cursor), cursor is not null);
        });
        Assert.False(Cursor.TryParse(new string('A', Cursor.MaxTextLength + 1), out _));
    }

    [Fact]
    public void A_builder_is_used_again_without_a_trace()
    {
        var builder = new CursorBuilder();
        builder.Add(1, new Position(new Epoch(1), 1));
        builder.Add(2, new Position(new Epoch(1), 1));
        var first = builder.ToString();
        builder.Advance(1, 300);
        builder.Clear();
        builder.Add(1, new Position(new Epoch(1), 1));
        builder.Add(2, new Position(new Epoch(1), 1));

        Assert.Equal(first, builder.ToString());
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData("", 5)]
    [InlineData("latest", 5)]
    [InlineData("earliest", 2)]
    public void The_words_stand_for_cursors(string? text, long expected)
    {
        Assert.True(ReadStart.TryParse(text, out var start));

        Assert.Equal(new Position(new Epoch(1), expected), start.In(1, new ChannelState(new Epoch(1), 3, 5), out var known));
        Assert.False(known);
    }

    [Theory]
    [InlineData("Latest")]
    [InlineData("oldest")]
    [InlineData("0")]
    public void Other_words_are_refused(string text) => Assert.False(ReadStart.TryParse(text, out _));

    [Fact]
    public void A_channel_that_the_cursor_lacks_starts_at_latest()
    {
        Assert.True(ReadStart.TryParse(TextOf([new CursorEntry(1, new Position(new Epoch(1), 4))]), out var start));
        var state = new ChannelState(new Epoch(1), 3, 9);

        Assert.Equal(4, start.In(1, state, out var known).Offset);
        Assert.True(known);
        Assert.Equal(9, start.In(2, state, out known).Offset);
        Assert.False(known);
    }

    [Fact]
    public void Keys_of_channels_are_the_same_in_every_version() =>
        Assert.Equal(0x588bc243ca5379fbUL, ChannelKey.Of(ChannelName.Parse("room:general")));

    private static string TextOf(IEnumerable<CursorEntry> entries)
    {
        var builder = new CursorBuilder();
        foreach (var entry in entries)
            builder.Add(entry.Channel, entry.Position);
        return builder.ToString();
    }

    private static void Sign(byte[] raw) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(raw.Length - 4), Cursor.Checksum(raw.AsSpan(0, raw.Length - 4)));
}
