using System.Globalization;
using System.Text;

namespace Realtime.Lab.Workloads;

/// <summary>
/// A chat that a seed describes: a few channels with most of the traffic, a few people who say most, lengths as in chat logs and gaps as
/// between independent events.
/// </summary>
public sealed record GeneratedWorkload
{
    // Chat lines: half are under 45 characters, few above 300; none above what the longest line of the usual networks holds.
    private const double MedianLength = 45, LengthSpread = 0.9;
    private const int LongestText = 469;

    // Zipf's exponent: with ten channels the largest has about 36 % of the messages.
    private const double Skew = 1.1;
    private const int AuthorsPerChannel = 12;

    private static readonly string[] Words =
        ["the", "server", "is", "it", "a", "on", "you", "what", "works", "for", "me", "try", "again", "why", "not", "sudo", "kernel", "package",
         "install", "update", "ok", "thanks", "hello", "hm", "naïve", "größer", "да", "ありがとう", "🙂", "\"quoted\"", "<b>", "a\\b",
         "https://example.org/x?y=1&z=2"];

    /// <summary>The same seed gives the same messages at the same times.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Messages in a second over all channels, on average.</summary>
    public double Rate { get; init; } = 50;

    /// <summary>How long it lasts.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many channels there are.</summary>
    public int Channels { get; init; } = 8;

    /// <summary>Makes the messages.</summary>
    public Workload Create()
    {
        var random = new Random(Seed);
        var channels = Cumulative(Channels);
        var authors = Cumulative(Channels * AuthorsPerChannel);
        var numbers = new int[Channels];
        var messages = new List<WorkloadMessage>();
        var due = 0.0;
        while ((due += -Math.Log(1 - random.NextDouble()) / Rate) < Duration.TotalSeconds)
        {
            var channel = Pick(channels, random);
            var author = Pick(authors, random);
            var body = Workload.Body($"user{author}", Text(random));
            messages.Add(new WorkloadMessage(TimeSpan.FromSeconds(due), channel, numbers[channel]++, author, body));
        }
        return new Workload(
            string.Create(
                CultureInfo.InvariantCulture,
                $"generated from seed {Seed}: {Channels} channels, {Rate:0.##} messages/s, {Duration.TotalSeconds:0.##} s"),
            [.. Enumerable.Range(0, Channels).Select(channel => $"c{channel}")],
            messages);
    }

    private static double[] Cumulative(int count)
    {
        var sums = new double[count];
        var sum = 0.0;
        for (var rank = 0; rank < count; rank++)
            sums[rank] = sum += 1 / Math.Pow(rank + 1, Skew);
        return sums;
    }

    private static int Pick(double[] cumulative, Random random)
    {
        var index = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
        return Math.Min(index < 0 ? ~index : index + 1, cumulative.Length - 1);
    }

    private static string Text(Random random)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var length = Math.Clamp((int)(MedianLength * Math.Exp(LengthSpread * normal)), 1, LongestText);
        var text = new StringBuilder(Words[random.Next(Words.Length)]);
        while (text.Length < length)
            text.Append(' ').Append(Words[random.Next(Words.Length)]);
        return text.ToString();
    }
}
