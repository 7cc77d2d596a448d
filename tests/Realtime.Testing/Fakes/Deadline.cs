namespace Realtime.Testing.Fakes;

/// <summary>Waits that end: what does not happen within the deadline fails the test and says what was missing.</summary>
public static class Deadline
{
    /// <summary>Far longer than anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(20);

    /// <summary>Awaits <paramref name="task"/>, at most <see cref="Default"/>.</summary>
    public static async Task<T> Within<T>(this Task<T> task, string expectation)
    {
        await ((Task)task).Within(expectation);
        return await task;
    }

    /// <inheritdoc cref="Within{T}(Task{T}, string)"/>
    public static async Task Within(this Task task, string expectation)
    {
        ArgumentNullException.ThrowIfNull(task);
        try
        {
            await task.WaitAsync(Default, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Not within {Default.TotalSeconds} s: {expectation}");
        }
    }
}
