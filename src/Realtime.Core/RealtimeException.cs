namespace Realtime;

/// <summary>A backend that messages depend on failed.</summary>
public sealed class RealtimeException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, for the operator.</param>
    /// <param name="isTransient">Whether the same call may succeed later.</param>
    /// <param name="innerException">What the driver said.</param>
    public RealtimeException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; }
}
