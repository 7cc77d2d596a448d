using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Testing.Fakes;

/// <summary>A session with the client in memory that reads it.</summary>
public sealed class MemoryReader(Session session, MemoryConnection connection)
{
    public Session Session { get; } = session;

    public MemoryConnection Connection { get; } = connection;

    /// <summary>Subscribes, and returns the cursor that was given once the subscription holds.</summary>
    public async Task<string> SubscribeAsync(string? cursor, params ChannelName[] channels)
    {
        Assert.True(ReadStart.TryParse(cursor, out var start), $"'{cursor}' is not a cursor");
        var applied = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(await Session.SubscribeAsync(channels, start, after => applied.SetResult(after.ToString()), CancellationToken.None));
        return await applied.Task.Within("a subscription that is applied");
    }

    /// <summary>Unsubscribes, and returns the cursor of what is left.</summary>
    public Task<string> UnsubscribeAsync(params ChannelName[] channels)
    {
        var applied = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Session.Unsubscribe(channels, after => applied.SetResult(after.ToString()));
        return applied.Task.Within("an unsubscription that is applied");
    }

    /// <summary>Completes when the session's thread has done all that was asked of it before: commands, and the deliveries that they and appends caused.</summary>
    public async Task SettleAsync()
    {
        // The first may be carried out before the deliveries of its round; the second comes after them.
        for (var round = 0; round < 3; round++)
            await UnsubscribeAsync();
    }

    /// <summary>Leaves, as a transport does whose client is gone.</summary>
    public async Task DetachAsync()
    {
        await Session.DetachAsync().Within("a session that is detached");
        Connection.Detached = true;
    }
}
