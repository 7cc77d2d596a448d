using System.Text.Json;
using System.Xml.Linq;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Reports;

public class ReportTests
{
    private const string Hostile = "<script>alert(1)</script>\" onload=\"x";

    private static readonly ComparisonResult Result = new(
        new RunInfo("compare transports", Hostile, Hostile, new Dictionary<string, string> { [Hostile] = Hostile }, DateTimeOffset.UnixEpoch),
        Hostile,
        3,
        5,
        new Dictionary<string, PublishSummary> { [Hostile] = new(1, 1, 0, [], null, null) },
        [Lab.Tests.Results.Sample.Good, Lab.Tests.Results.Sample.Good with { Transport = Hostile, Latency = null, Cost = null }],
        new GeneratorResult(0, 0, 0, 0, null),
        [new Check(Hostile, CheckOutcome.Failed, Hostile)]);

    [Fact]
    public void Nothing_in_a_result_becomes_markup()
    {
        var html = HtmlReport.Write(Result);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\" onload", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_needs_nothing_from_elsewhere_and_its_pictures_are_well_formed()
    {
        var html = HtmlReport.Write(Result);

        foreach (var reference in (string[])["src=", "href=", "url(", "@import", "http://", "https://"])
            Assert.DoesNotContain(reference, html, StringComparison.OrdinalIgnoreCase);
        var pictures = html.Split("<svg")[1..].Select(part => XElement.Parse($"<svg{part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)]}")).ToList();
        Assert.Equal(7, pictures.Count);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_check_is_said_at_the_top()
    {
        var html = HtmlReport.Write(Result);

        Assert.InRange(html.IndexOf("Not valid", StringComparison.Ordinal), 0, html.IndexOf("Figures", StringComparison.Ordinal));
    }

    [Fact]
    public void JSON_holds_every_figure_and_its_surroundings()
    {
        using var json = JsonDocument.Parse(JsonReport.Write(Result));
        var transport = json.RootElement.GetProperty("transports")[0];

        Assert.Equal("websocket", transport.GetProperty("transport").GetString());
        Assert.Equal(8, transport.GetProperty("latency").GetProperty("p99").GetDouble());
        Assert.Equal(9, transport.GetProperty("cost").GetProperty("cpuMicrosPerMessage").GetDouble());
        Assert.Equal(Hostile, json.RootElement.GetProperty("run").GetProperty("commit").GetString());
        Assert.Equal("Failed", json.RootElement.GetProperty("checks")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public void JSON_takes_a_value_that_could_not_be_measured()
    {
        using var json = JsonDocument.Parse(JsonReport.Write(new Dictionary<string, double> { ["other"] = double.NaN }));

        Assert.Equal("NaN", json.RootElement.GetProperty("other").GetString());
    }
}
