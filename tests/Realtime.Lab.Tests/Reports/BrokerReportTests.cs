using System.Xml.Linq;
using Realtime.Lab.Broker;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;
using Realtime.Lab.Tests.Broker;

namespace Realtime.Lab.Tests.Reports;

public sealed class BrokerReportTests
{
    private const string Hostile = "<script>alert(1)</script>\" onload=\"x";

    private static readonly BrokerSample[] Samples =
        [BrokerSamples.Sample(0.25, BrokerPhase.Normal), BrokerSamples.Sample(0.5, BrokerPhase.Slow), BrokerSamples.Sample(0.75, BrokerPhase.Recovery)];

    private static readonly BrokerComparison Result = new(
        new RunInfo("compare broker", Hostile, Hostile, new Dictionary<string, string> { [Hostile] = Hostile }, DateTimeOffset.UnixEpoch),
        [new BrokerResult(new BrokerSettings(), Hostile, 3, 1, 2.5, PhaseResults.Of(Samples, _ => default), null, [new Check(Hostile, CheckOutcome.Warning, Hostile)], Samples)]);

    [Fact]
    public void The_report_needs_nothing_from_elsewhere_and_nothing_in_it_becomes_markup()
    {
        var html = BrokerHtmlReport.Write(Result);

        foreach (var reference in (string[])["<script", "\" onload", "src=", "href=", "url(", "@import", "http://", "https://"])
            Assert.DoesNotContain(reference, html, StringComparison.OrdinalIgnoreCase);
        var pictures = html.Split("<svg")[1..].Select(part => XElement.Parse($"<svg{part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)]}")).ToList();
        Assert.Equal(6, pictures.Count);
        Assert.All(pictures, picture => Assert.Single(picture.Elements("rect"), rect => (string?)rect.Attribute("class") == "shade"));
    }

    [Fact]
    public void A_row_has_a_value_for_every_column_also_where_a_node_was_never_slow()
    {
        var never = Result.Modes[0] with { Phases = [] };
        Assert.All(BrokerRows.Of([Result.Modes[0], never]), row => Assert.Equal(BrokerRows.Columns.Count, row.Values.Count));
        Assert.Equal("2.5 s", BrokerRows.Of(Result.Modes)[0].Values[^1]);
    }
}
