namespace Realtime.Bench.Output;

/// <summary>One line on standard error that is written over; where that is no terminal, a line of its own every few seconds.</summary>
internal sealed class ProgressLine : IProgress<string>, IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly bool _terminal = !Console.IsErrorRedirected;
    private readonly TimeProvider _timeProvider = TimeProvider.System;
    private long _lastWritten;
    private string _lastStep = "";

    /// <inheritdoc/>
    public void Report(string value)
    {
        if (_terminal)
        {
            var width = Math.Max(20, Console.BufferWidth - 1);
            Console.Error.Write($"\r{value[..Math.Min(value.Length, width)].PadRight(width)}");
            return;
        }
        var step = value.Split(':')[0];
        if (step == _lastStep && _timeProvider.GetElapsedTime(_lastWritten) < Between)
            return;
        (_lastStep, _lastWritten) = (step, _timeProvider.GetTimestamp());
        Console.Error.WriteLine(value);
    }

    /// <summary>Removes the line, before a result is shown.</summary>
    public void Clear()
    {
        if (_terminal)
            Console.Error.Write($"\r{new string(' ', Math.Max(20, Console.BufferWidth - 1))}\r");
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
