using System.Text;
using System.Text.Json;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Tests.Workloads;

public class GeneratedWorkloadTests
{
    private static readonly GeneratedWorkload Settings = new() { Seed = 42, Rate = 500, Duration = TimeSpan.FromSeconds(10), Channels = 8 };

    [Fact]
    public void The_same_seed_gives_the_same_workload()
    {
        var first = Settings.Create();
        var second = Settings.Create();

        Assert.Equal(first.Messages.Select(Describe), second.Messages.Select(Describe));
        Assert.NotEqual(first.Messages.Select(Describe), (Settings with { Seed = 43 }).Create().Messages.Select(Describe));
    }

    [Fact]
    public void Messages_are_due_in_order_and_numbered_in_their_channels()
    {
        var workload = Settings.Create();

        Assert.Equal(workload.Messages.Select(message => message.Due).Order(), workload.Messages.Select(message => message.Due));
        foreach (var channel in workload.Messages.GroupBy(message => message.Channel))
            Assert.Equal(Enumerable.Range(0, channel.Count()), channel.Select(message => message.Number));
    }

    [Fact]
    public void Rate_and_skew_are_as_asked()
    {
        var workload = Settings.Create();
        var sizes = workload.Messages.CountBy(message => message.Channel).OrderBy(channel => channel.Key).Select(channel => channel.Value).ToList();

        Assert.InRange(workload.Messages.Count, 4700, 5300);
        Assert.Equal(8, sizes.Count);
        Assert.True(sizes[0] > 4 * sizes[^1], $"largest {sizes[0]}, smallest {sizes[^1]}");
    }

    [Fact]
    public void Bodies_are_members_of_a_JSON_object()
    {
        foreach (var message in Settings.Create().Messages.Take(500))
        {
            using var document = JsonDocument.Parse($"{{{Encoding.UTF8.GetString(message.Body.Span)}}}");
            Assert.InRange(document.RootElement.GetProperty("text").GetString()!.Length, 1, 520);
        }
    }

    private static string Describe(WorkloadMessage message) =>
        $"{message.Due.Ticks} {message.Channel} {message.Number} {message.Author} {Encoding.UTF8.GetString(message.Body.Span)}";
}
