using System.Globalization;
using System.IO.Compression;

namespace Realtime.Lab.Workloads;

/// <summary>
/// Reads a chat log: tab-separated <c>channel, time, kind, nick, text</c> with a header line, plain or compressed (<c>.gz</c>). Times are
/// to the minute or to the second.
/// </summary>
public sealed record RecordedChat
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];
    private static readonly string[] Columns = ["channel", "time", "kind", "nick", "text"];

    /// <summary>The kinds of line that are published: what people said, and what they said they did.</summary>
    public IReadOnlyCollection<string> Kinds { get; init; } = ["msg", "me"];

    /// <summary>How the log's time becomes the run's.</summary>
    public ReplaySchedule Schedule { get; init; } = new();

    /// <summary>The most messages to publish, from the beginning; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="LabException">It is not there, or not such a log; the sentence names the line.</exception>
    public Workload Read(string path)
    {
        if (!File.Exists(path))
            throw new LabException($"There is no file {path}.");
        using var file = File.OpenRead(path);
        using Stream text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(text);
        try
        {
            return Read(reader, Path.GetFileName(path));
        }
        catch (InvalidDataException exception)
        {
            throw new LabException($"{path} is not a readable gzip file.", exception);
        }
    }

    /// <summary>Reads an opened log.</summary>
    /// <exception cref="LabException">It is not such a log.</exception>
    public Workload Read(TextReader reader, string name)
    {
        var lines = Lines(reader, name);
        if (lines.Count == 0)
            throw new LabException($"{name} holds no line of the kinds {string.Join(", ", Kinds)}.");
        Spread(lines);
        // Stable, so that lines of one time stay as they were logged.
        var ordered = lines.OrderBy(line => line.Time).Take(Limit ?? int.MaxValue).ToList();
        var due = Schedule.Compress([.. ordered.Select(line => line.Time)], out var speed);
        var channels = new List<string>();
        var numbers = new List<int>();
        var authors = new Dictionary<string, int>();
        var messages = new List<WorkloadMessage>(ordered.Count);
        foreach (var (line, time) in ordered.Zip(due))
        {
            var channel = channels.IndexOf(line.Channel);
            if (channel < 0)
            {
                channel = channels.Count;
                channels.Add(line.Channel);
                numbers.Add(0);
            }
            authors.TryAdd(line.Nick, authors.Count);
            messages.Add(new WorkloadMessage(time, channel, numbers[channel]++, authors[line.Nick], Workload.Body(line.Nick, line.Text)));
        }
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {messages.Count:N0} messages of {channels.Count} channels, {speed:N0} times as fast, "
            + $"gaps of {Schedule.MaxGap.TotalSeconds:0.###} s at most");
        return new Workload(description, Names(channels), messages);
    }

    // A log to the minute says that many things happened at once; they are spread over their minute (or second) in their order.
    private static void Spread(List<Line> lines)
    {
        foreach (var same in lines.GroupBy(line => (line.Channel, line.Time)))
        {
            var all = same.ToList();
            for (var i = 0; i < all.Count; i++)
                all[i].Time += all[i].Resolution * i / all.Count;
        }
    }

    private static List<string> Names(List<string> channels)
    {
        var names = new List<string>();
        foreach (var channel in channels)
        {
            var name = string.Concat(channel.TrimStart('#').Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'));
            name = name.Length > 60 ? name[..60] : name;
            names.Add(name.Length == 0 || names.Contains(name) ? $"{name}-{names.Count}" : name);
        }
        return names;
    }

    private List<Line> Lines(TextReader reader, string name)
    {
        if (reader.ReadLine()?.Split('\t') is not { } header || !header.SequenceEqual(Columns))
            throw new LabException($"{name} does not begin with the columns {string.Join(", ", Columns)}.");
        var lines = new List<Line>();
        var number = 1;
        while (reader.ReadLine() is { } text)
        {
            number++;
            var fields = text.Split('\t', 5);
            if (fields.Length < 5 || !DateTime.TryParseExact(fields[1], TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
                throw new LabException($"Line {number} of {name} is not a channel, a time, a kind, a nick and a text.");
            if (Kinds.Contains(fields[2]))
                lines.Add(new Line(fields[0], fields[3], fields[4], TimeSpan.FromSeconds(fields[1].Length == 16 ? 60 : 1), time));
        }
        return lines;
    }

    private sealed class Line(string channel, string nick, string text, TimeSpan resolution, DateTime time)
    {
        public string Channel { get; } = channel;

        public string Nick { get; } = nick;

        public string Text { get; } = text;

        public TimeSpan Resolution { get; } = resolution;

        public DateTime Time { get; set; } = time;
    }
}
