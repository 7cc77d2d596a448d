using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Realtime.Stores.Tests;

/// <summary>Keeps every log line, with the exception where there is one.</summary>
internal sealed class ListLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = new();

    internal IReadOnlyList<int> Ids => [.. _lines.Select(line => line.Id)];

    internal IReadOnlyList<string> Texts => [.. _lines.Select(line => line.Text)];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));
}
