using System.IO.Compression;
using System.Text;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Tests.Workloads;

public class RecordedChatTests
{
    private const string Log = """
        channel	time	kind	nick	text
        #late	2020-01-02T00:00:30	msg	zoe	last
        #early	2020-01-01T00:00	msg	ann	one
        #early	2020-01-01T00:00	sys	ann	joins
        #early	2020-01-01T00:00	me	bob	"two"	with a tab
        #early	2020-01-01T00:01	msg	ann	three
        """;

    [Fact]
    public void Lines_become_messages_in_the_order_of_their_times()
    {
        var workload = Read(new RecordedChat());

        Assert.Equal(["early", "late"], workload.Channels);
        Assert.Equal([(0, 0), (0, 1), (0, 2), (1, 0)], workload.Messages.Select(message => (message.Channel, message.Number)));
        Assert.Equal("""
            "nick":"bob","text":"\"two\"\twith a tab"
            """, Encoding.UTF8.GetString(workload.Messages[1].Body.Span));
        Assert.Equal(workload.Messages[0].Author, workload.Messages[2].Author);
    }

    [Fact]
    public void Lines_of_one_minute_are_spread_over_it_and_long_pauses_are_cut()
    {
        var workload = Read(new RecordedChat { Schedule = new ReplaySchedule { Speed = 10, MaxGap = TimeSpan.FromSeconds(5) } });

        Assert.Equal([0, 3, 6, 11], workload.Messages.Select(message => message.Due.TotalSeconds));
    }

    [Fact]
    public void Without_a_speed_one_is_found_that_fits_the_time()
    {
        var log = new StringBuilder("channel\ttime\tkind\tnick\ttext\n");
        for (var minute = 0; minute < 40; minute++)
            log.Append(string.Concat(Enumerable.Repeat($"#c\t2020-01-01T00:{minute:00}\tmsg\tann\thello\n", 500)));

        var workload = new RecordedChat().Read(new StringReader(log.ToString()), "log");

        Assert.Equal(20_000, workload.Messages.Count);
        Assert.InRange(workload.Duration.TotalSeconds, 19.5, 20.5);
    }

    [Fact]
    public void Limit_and_kinds_choose()
    {
        Assert.Equal(2, Read(new RecordedChat { Limit = 2 }).Messages.Count);
        Assert.Single(Read(new RecordedChat { Kinds = ["sys"] }).Messages);
    }

    [Fact]
    public void A_compressed_file_is_read()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("lab-tests-").FullName, "log.tsv.gz");
        using (var file = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            file.Write(Encoding.UTF8.GetBytes(Log));

        Assert.Equal(4, new RecordedChat().Read(path).Messages.Count);
    }

    [Fact]
    public void Names_that_channels_can_not_have_are_changed_and_stay_apart()
    {
        var workload = new RecordedChat().Read(
            new StringReader("channel\ttime\tkind\tnick\ttext\n#c++\t2020-01-01T00:00\tmsg\ta\tx\n#c--\t2020-01-01T00:00\tmsg\ta\tx\n"), "log");

        Assert.Equal(["c--", "c---1"], workload.Channels);
    }

    [Theory]
    [InlineData("time\tchannel\tkind\tnick\ttext\n", "columns")]
    [InlineData("channel\ttime\tkind\tnick\ttext\n#a\tyesterday\tmsg\tann\thi\n", "Line 2")]
    [InlineData("channel\ttime\tkind\tnick\ttext\n#a\t2020-01-01T00:00\tmsg\n", "Line 2")]
    [InlineData("channel\ttime\tkind\tnick\ttext\n", "no line")]
    public void What_is_not_such_a_log_is_refused_in_a_sentence(string text, string part) =>
        Assert.Contains(part, Assert.Throws<LabException>(() => new RecordedChat().Read(new StringReader(text), "log")).Message, StringComparison.Ordinal);

    private static Workload Read(RecordedChat chat) => chat.Read(new StringReader(Log.ReplaceLineEndings("\n")), "log");
}
