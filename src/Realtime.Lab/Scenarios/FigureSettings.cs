using System.Globalization;

namespace Realtime.Lab.Scenarios;

/// <summary>Sizes of the figures; the defaults are those that the project's targets are stated for.</summary>
public sealed record FigureSettings
{
    /// <summary>Readers of the one channel.</summary>
    public int Readers { get; init; } = 1000;

    /// <summary>Bytes of a message's <c>data</c>.</summary>
    public int Payload { get; init; } = 128;

    /// <summary>How often each series is measured, in turn with the others.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>How long one measurement lasts.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The paced rates of <see cref="FanoutFigure"/>, in messages per second.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [20, 100];

    /// <summary>The transports of <see cref="FanoutFigure"/> and <see cref="IdleFigure"/>.</summary>
    public IReadOnlyList<string> Transports { get; init; } =
        [TransportKind.WebSocket, TransportKind.ServerSentEvents, TransportKind.SignalR, TransportKind.LongPoll];

    /// <summary>How far the publisher of <see cref="SaturateFigure"/> may lead the average reader, in messages; one case for each.</summary>
    public IReadOnlyList<int> Leads { get; init; } = [256, 2048];

    /// <summary>Idle connections of <see cref="IdleFigure"/>.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Publishers of <see cref="PublishFigure"/>.</summary>
    public int Publishers { get; init; } = 64;

    /// <summary>Messages of the channel of <see cref="ReplayFigure"/>, rounded up to whole pages.</summary>
    public int Messages { get; init; } = 500_000;

    /// <summary>The store of the server in all figures but <see cref="PublishFigure"/>, which compares two.</summary>
    public string Store { get; init; } = "sqlite";

    internal IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["readers"] = Number(Readers),
        ["payload"] = $"{Number(Payload)} bytes",
        ["rounds"] = Number(Rounds),
        ["window"] = $"{Number(Window.TotalSeconds)} s",
        ["rates"] = string.Join(", ", Rates.Select(Number)),
        ["transports"] = string.Join(", ", Transports),
        ["leads"] = string.Join(", ", Leads.Select(lead => Number(lead))),
        ["idle connections"] = Number(Connections),
        ["publishers"] = Number(Publishers),
        ["messages to replay"] = Number(Messages),
        ["store"] = Store,
    };

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
