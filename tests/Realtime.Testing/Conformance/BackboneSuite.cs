using Realtime.Backbones;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

/// <summary>What the suites of backbones share: the members of one fresh backbone, which end with the test.</summary>
public abstract class BackboneSuite : IAsyncLifetime
{
    private readonly List<BackboneMember> _members = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes one more end of this test's backbone, not yet started; the suite starts and disposes it.</summary>
    /// <param name="queueFrames">How many frames may wait for it before the backbone's overflow policy applies.</param>
    protected abstract ValueTask<IBackbone> CreateAsync(int queueFrames);

    /// <summary>Removes what the test left on the broker; the members are disposed by then.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var member in _members)
        {
            member.Receiver.Open();
            await member.DisposeAsync().AsTask().Within("a backbone that is disposed");
        }

        await CleanUpAsync();
    }

    /// <summary>Makes a node that is not started.</summary>
    protected async Task<BackboneMember> CreateMemberAsync(int queueFrames = 10_000)
    {
        var member = new BackboneMember(await CreateAsync(queueFrames));
        _members.Add(member);
        return member;
    }

    /// <summary>Makes a node and waits until it is connected and gets what it wants.</summary>
    protected Task<BackboneMember> JoinAsync(params int[] shards) => JoinAsync(10_000, shards);

    /// <inheritdoc cref="JoinAsync(int[])"/>
    protected async Task<BackboneMember> JoinAsync(int queueFrames, int[] shards)
    {
        var member = await CreateMemberAsync(queueFrames);
        await member.StartAsync(shards);
        await member.ConnectedAsync();
        return member;
    }

    protected static int[] Range(int first, int count) => [.. Enumerable.Range(first, count)];
}
