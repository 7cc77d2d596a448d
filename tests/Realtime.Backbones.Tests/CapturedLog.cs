using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests;

/// <summary>Keeps every log line as text, with the exception where there is one.</summary>
internal sealed class CapturedLog<T> : ILogger<T>
{
    public ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> Lines { get; } = new();

    /// <summary>Waits for a line.</summary>
    internal async Task UntilAsync(int id)
    {
        var deadline = Task.Delay(Deadline.Default, TestContext.Current.CancellationToken);
        while (!Lines.Any(line => line.Id.Id == id))
        {
            if (deadline.IsCompleted)
                Assert.Fail($"Not within {Deadline.Default.TotalSeconds} s: log line {id}; there are: {string.Join(" | ", Lines.Select(line => line.Text))}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, eventId, $"{formatter(state, exception)} {exception}"));
}
