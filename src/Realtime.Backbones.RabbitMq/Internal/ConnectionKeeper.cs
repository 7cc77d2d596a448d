namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Keeps one connection: opens it, lets it be used until it ends, and opens it again, for as long as it takes.</summary>
internal sealed class ConnectionKeeper(
    BrokerAddress address, string name, Role role, TimeSpan heartbeat, BrokerState state, TimeProvider time)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>A connection that lasted this long was a good one: the next failure is a new one.</summary>
    private static readonly TimeSpan GoodWhile = TimeSpan.FromSeconds(10);

    /// <param name="serve">Prepares the connection, calls the given action when it works, uses it and returns when it has ended, with the reason.</param>
    /// <param name="stop">Ends it.</param>
    internal async Task RunAsync(Func<BrokerConnection, Action, CancellationToken, Task<string>> serve, CancellationToken stop)
    {
        for (var failures = 0; !stop.IsCancellationRequested; failures++)
        {
            var began = time.GetTimestamp();
            var needsOperator = false;
            string trouble;
            try
            {
                await using var connection = await BrokerConnection.OpenAsync(address, name, heartbeat, time, stop);
                trouble = await serve(connection, () => state.IsWorking(role), stop);
                // Told before the connection is disposed, which may take a while.
                state.HasTrouble(role, trouble);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                (trouble, needsOperator) = BrokerErrors.Describe(exception, address);
            }

            state.HasTrouble(role, trouble);
            if (time.GetElapsedTime(began) > GoodWhile)
                failures = 0;
            await PauseAsync(needsOperator ? LongestPause : ShortestPause * Math.Pow(2, Math.Min(failures, 10)), stop);
        }
    }

    /// <summary>Between half of it and all of it, so that the nodes of a broker that comes back don't come all at once.</summary>
    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        var jittered = TimeSpan.FromTicks(Math.Min(pause.Ticks, LongestPause.Ticks)) * (0.5 + (Random.Shared.NextDouble() / 2));
        await Task.Delay(jittered, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
