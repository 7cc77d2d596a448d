using System.Diagnostics;

namespace Realtime.Testing.Clients;

/// <summary>Bounds the waits of tests, and says what they waited for.</summary>
public static class Deadline
{
    /// <summary>Long enough that a busy machine never reaches it; only a wait for something that never comes does.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>How often a condition without an event of its own is looked at.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Waits for a task.</summary>
    public static async Task<T> WithinAsync<T>(Task<T> task, string awaited, TimeSpan? limit = null)
    {
        await WithinAsync((Task)task, awaited, limit);
        return await task;
    }

    /// <summary>Waits for a task.</summary>
    public static async Task WithinAsync(Task task, string awaited, TimeSpan? limit = null)
    {
        try
        {
            await task.WaitAsync(limit ?? Default, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Within {(limit ?? Default).TotalSeconds} s there was no {awaited}.");
        }
    }

    /// <summary>Looks again and again until what it sees is right.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isRight, string awaited, TimeSpan? limit = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isRight(seen))
                return seen;
            if (Stopwatch.GetElapsedTime(began) > (limit ?? Default))
                Assert.Fail($"Within {(limit ?? Default).TotalSeconds} s there was no {awaited}; the last look saw {seen}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
