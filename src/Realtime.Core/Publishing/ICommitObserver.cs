using Realtime.Backbones;

namespace Realtime.Publishing;

/// <summary>Is told of what this node has committed. All that are registered are.</summary>
public interface ICommitObserver
{
    /// <summary>Called after each commit, before its publishers are answered, with what is new. Must not throw and must not block: publishing waits for it.</summary>
    /// <param name="commit">A batch for each channel.</param>
    void Committed(IReadOnlyList<ChannelBatch> commit);
}
