using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;

namespace Realtime.Lab.Tests.Scenarios;

public class ReplayFigureTests
{
    [Fact]
    public async Task A_reader_gets_every_message_of_the_channel_once_however_it_pages()
    {
        // Rounded up to three pages.
        var settings = new FigureSettings { Messages = 2_500, Rounds = 1, Store = "memory" };

        var result = await new ReplayFigure(BuiltPrograms.Host, settings).RunAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(result.Checks, check => check.Outcome == CheckOutcome.Failed);
        Assert.Equal(["history", "consumer", "consumer that commits each page"], result.Rows.Select(row => row.Series));
        Assert.All(result.Rows, row =>
        {
            Assert.StartsWith("3,000 messages", row.Case, StringComparison.Ordinal);
            Assert.True(row.Value > 0, $"{row.Series}: {row.Value}");
            Assert.InRange(row.Details["bytes / message"], 128, 512);
        });
    }
}
