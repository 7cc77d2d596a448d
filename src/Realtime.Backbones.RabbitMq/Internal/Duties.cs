namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>What goes on beside each other for as long as a connection is used.</summary>
internal static class Duties
{
    /// <summary>Runs until one of <paramref name="endings"/> tells a reason, or a loop fails; then ends all loops.</summary>
    /// <exception cref="Exception">What a loop failed with, where no ending has told why.</exception>
    internal static async Task<string> RunAsync(Task<string>[] endings, Task[] loops, CancellationTokenSource end)
    {
        var first = await Task.WhenAny([.. endings, .. loops]);
        await end.CancelAsync();
        // A loop that fails because the connection ended says less than the connection does.
        var told = endings.FirstOrDefault(ending => ending.IsCompletedSuccessfully);
        foreach (var loop in loops)
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (told is not null)
            return await told;
        await first;
        throw new InvalidOperationException("A loop of the backbone ended by itself.");
    }
}
