using Realtime.Lab.Nodes;

namespace Realtime.Bench.Peer;

/// <summary>The drivers alone.</summary>
internal sealed class BareLoops(string postgreSql, string rabbitMq) : IBareLoops
{
    public Task<double> RelayAsync(int bundle, int messageBytes, TimeSpan window, CancellationToken cancellationToken) =>
        BareRelay.RunAsync(rabbitMq, bundle, messageBytes, window, cancellationToken);

    public Task<double> InsertAsync(int batch, int dataBytes, TimeSpan window, CancellationToken cancellationToken) =>
        BareInsert.RunAsync(postgreSql, batch, dataBytes, window, cancellationToken);
}
