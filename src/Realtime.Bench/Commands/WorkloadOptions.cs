using System.CommandLine;
using Realtime.Lab;
using Realtime.Lab.Workloads;

namespace Realtime.Bench.Commands;

/// <summary>What is played: a workload that a seed describes, or a recorded log.</summary>
internal sealed class WorkloadOptions
{
    // All channels go into one URL, with a cursor that holds each of them.
    private const int MostChannels = 100;

    private readonly Option<int> _seed = new("--seed") { Description = "The seed of a generated workload.", DefaultValueFactory = _ => 1 };

    private readonly Option<double> _rate = new("--rate") { Description = "Messages in a second, over all channels.", DefaultValueFactory = _ => 50 };

    private readonly Option<double> _duration = new("--duration") { Description = "Seconds of a generated workload.", DefaultValueFactory = _ => 20 };

    private readonly Option<int> _channels = new("--channels") { Description = "Channels of a generated workload.", DefaultValueFactory = _ => 8 };

    private readonly Option<FileInfo?> _input = new("--input")
    {
        Description = "A recorded chat log instead: tab-separated channel, time, kind, nick, text; .gz or plain.",
    };

    private readonly Option<double?> _speed = new("--speed")
    {
        Description = "How many times as fast as logged; unless told otherwise what brings 1,000 messages in a second.",
    };

    private readonly Option<double> _maxGap = new("--max-gap")
    {
        Description = "The longest pause, in seconds, that is left of the log's after --speed.",
        DefaultValueFactory = _ => 0.5,
    };

    private readonly Option<int?> _limit = new("--limit") { Description = "Only the first so many messages of the log." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _seed, _rate, _duration, _channels, _input, _speed, _maxGap, _limit })
            command.Add(option);
    }

    /// <summary>Makes the workload.</summary>
    /// <exception cref="LabException">The options make none.</exception>
    public Workload Create(ParseResult parsed)
    {
        var workload = parsed.GetValue(_input) is { } file ? Recorded(parsed).Read(file.FullName) : Generated(parsed).Create();
        if (workload.Channels.Count > MostChannels)
            throw new LabException($"The workload has {workload.Channels.Count} channels; {MostChannels} is the most that fits into one URL.");
        if (workload.Messages.Count == 0)
            throw new LabException("The workload has no messages; a higher --rate or a longer --duration makes some.");
        return workload;
    }

    private GeneratedWorkload Generated(ParseResult parsed) => new()
    {
        Seed = parsed.GetValue(_seed),
        Rate = Positive(parsed.GetValue(_rate), "--rate"),
        Duration = TimeSpan.FromSeconds(Positive(parsed.GetValue(_duration), "--duration")),
        Channels = (int)Positive(parsed.GetValue(_channels), "--channels"),
    };

    private RecordedChat Recorded(ParseResult parsed) => new()
    {
        Limit = parsed.GetValue(_limit),
        Schedule = new ReplaySchedule
        {
            Speed = parsed.GetValue(_speed) is { } speed ? Positive(speed, "--speed") : null,
            MaxGap = TimeSpan.FromSeconds(Positive(parsed.GetValue(_maxGap), "--max-gap")),
        },
    };

    private static double Positive(double value, string option) =>
        value > 0 ? value : throw new LabException($"{option} is {value}; it must be above 0.");
}
