namespace Realtime.Lab.Nodes;

/// <summary>What the figures of several nodes need beside <see cref="Scenarios.FigureSettings"/>.</summary>
public sealed record NodesSettings
{
    /// <summary>Npgsql's connection string of the database that the nodes share; each run has schemas of its own there.</summary>
    public required string PostgreSql { get; init; }

    /// <summary>The AMQP address of the broker; each run has an exchange of its own there.</summary>
    public required string RabbitMq { get; init; }

    /// <summary>Messages in a second of the paced figures.</summary>
    public double Rate { get; init; } = 1000;

    /// <summary>How far the publishers of the saturated figure may lead the reader, in messages.</summary>
    public int Lead { get; init; } = 2048;

    /// <summary>Messages in a second while the broker is away.</summary>
    public double OutageRate { get; init; } = 500;

    /// <summary>How long the broker is away.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Stops the broker, or starts it again; null leaves the outage out.</summary>
    public Func<BrokerAction, CancellationToken, Task>? ControlBroker { get; init; }

    /// <summary>What a bare client of the broker reaches; see <see cref="IBareLoops"/>.</summary>
    public required IBareLoops Bare { get; init; }
}

/// <summary>What is done to the broker.</summary>
public enum BrokerAction
{
    /// <summary>It is stopped in order.</summary>
    Stop,

    /// <summary>It is started, and answers.</summary>
    Start,
}

/// <summary>The baselines: the same work with the drivers alone, in this process.</summary>
public interface IBareLoops
{
    /// <summary>One connection publishes bundles with confirms and a window, another consumes and acknowledges them.</summary>
    /// <param name="bundle">Messages in a bundle.</param>
    /// <param name="messageBytes">Bytes of each.</param>
    /// <param name="window">How long to measure.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Messages consumed in a second.</returns>
    Task<double> RelayAsync(int bundle, int messageBytes, TimeSpan window, CancellationToken cancellationToken);

    /// <summary>One connection inserts batches, one after the other, each durable before the next.</summary>
    /// <param name="batch">Rows in a batch.</param>
    /// <param name="dataBytes">Bytes of data in each row.</param>
    /// <param name="window">How long to measure.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Rows inserted in a second.</returns>
    Task<double> InsertAsync(int batch, int dataBytes, TimeSpan window, CancellationToken cancellationToken);
}
