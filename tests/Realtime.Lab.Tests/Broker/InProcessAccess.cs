using Realtime.Backbones;
using Realtime.Lab.Broker;

namespace Realtime.Lab.Tests.Broker;

/// <summary>A broker inside the process: each node has a queue that drops its oldest frame when it is full, or refuses.</summary>
internal sealed class InProcessAccess : IBrokerAccess
{
    private readonly Lock _gate = new();
    private InProcessExchange? _exchange;

    /// <summary>The runs that were cleaned up after.</summary>
    public List<string> Removed { get; } = [];

    public IBackbone Create(BackboneRequest request)
    {
        lock (_gate)
            return new InProcessBackbone(_exchange ??= new InProcessExchange(request.Mode.Rejects ? InProcessOverflow.Refuse : InProcessOverflow.DropOldest), request.QueueLimit);
    }

    public ValueTask RemoveAsync(string run, CancellationToken cancellationToken)
    {
        Removed.Add(run);
        return ValueTask.CompletedTask;
    }
}
